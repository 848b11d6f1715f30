//! Maps and sets that are looked into many times per statement. Their keys are OIDs and names of the session's own; the standard
//! library's hash, which withstands keys that an enemy chose, costs more than the rest of a look-up.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A map with the quick hash.
pub type QuickMap<K, V> = HashMap<K, V, BuildHasherDefault<Quick>>;
/// A set with the quick hash.
pub type QuickSet<K> = HashSet<K, BuildHasherDefault<Quick>>;

/// A multiplication and a rotation for each eight bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quick(u64);

impl Quick {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.add(word.try_into().map_or(0, u64::from_le_bytes));
        }
        // The rest with zeros behind it; to copy it to eight bytes would be a call.
        let last = words.remainder().iter().rev().fold(0, |last, byte| last << 8 | u64::from(*byte));
        self.add(last);
    }

    fn write_u8(&mut self, n: u8) {
        self.add(n.into());
    }

    fn write_u32(&mut self, n: u32) {
        self.add(n.into());
    }

    fn write_u64(&mut self, n: u64) {
        self.add(n);
    }

    fn write_usize(&mut self, n: usize) {
        self.add(n as u64);
    }

    fn finish(&self) -> u64 {
        // The maps take the lowest and the highest bits; a product mixes upwards only.
        self.0 ^ (self.0 >> 32)
    }
}

#[cfg(test)]
mod tests {
    use super::Quick;
    use std::collections::HashSet;
    use std::hash::{BuildHasher, BuildHasherDefault};

    #[test]
    fn keys_that_are_alike_spread() {
        let hash = BuildHasherDefault::<Quick>::default();
        let names: HashSet<u64> = (0..50_000).map(|n| hash.hash_one(("app", format!("documents_{n}")))).collect();
        assert_eq!(names.len(), 50_000);
        // The lowest bits choose the place in a map.
        let places: HashSet<u64> = (16_384_u32..16_384 + 1_024).map(|oid| hash.hash_one(oid) % 1_024).collect();
        assert!(places.len() > 500, "{} places", places.len());
    }
}
