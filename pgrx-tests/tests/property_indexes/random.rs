//! A seeded generator: the same seed gives the same cases on every machine.

/// Random numbers (splitmix64).
pub struct Random {
    state: u64,
}

impl Random {
    /// From a seed.
    pub fn new(seed: u64) -> Random {
        Random { state: seed }
    }

    /// From `PROPERTY_SEED`, else the seed that is given.
    pub fn from_environment(default: u64) -> (Random, u64) {
        let seed = std::env::var("PROPERTY_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(default);
        (Random::new(seed), seed)
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % (n.max(1) as u64)).unwrap_or(0)
    }

    /// Once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// The same in another order.
    pub fn shuffled<T: Clone>(&mut self, of: &[T]) -> Vec<T> {
        let mut list = of.to_vec();
        for i in (1..list.len()).rev() {
            let j = self.below(i + 1);
            list.swap(i, j);
        }
        list
    }
}

/// `PROPERTY_CASES`, else the number that is given.
pub fn cases(default: usize) -> usize {
    std::env::var("PROPERTY_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}
