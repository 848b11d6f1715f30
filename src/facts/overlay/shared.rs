//! Maps and lists of which every BEGIN and SAVEPOINT of a text keeps a copy.

use engine::hash::{Quick, QuickMap};
use std::borrow::Borrow;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// A map that is copied in no time, whatever it holds; the first change after that copies a small part of it.
#[derive(Clone)]
pub(super) struct Shared<K, V>(Rc<[Rc<QuickMap<K, V>>]>);

impl<K, V> Default for Shared<K, V> {
    fn default() -> Shared<K, V> {
        Shared((0..64).map(|_| Rc::default()).collect())
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Shared<K, V> {
    fn part<Q: Hash + ?Sized>(&self, key: &Q) -> usize {
        let mut hasher = Quick::default();
        key.hash(&mut hasher);
        // Not the bits by which the part itself finds the key.
        (hasher.finish() >> 40) as usize % self.0.len()
    }

    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.0[self.part(key)].get(key)
    }

    pub(super) fn change(&mut self, key: &K) -> &mut QuickMap<K, V> {
        let part = self.part(key);
        Rc::make_mut(&mut Rc::make_mut(&mut self.0)[part])
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        self.change(&key).insert(key, value);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().flat_map(|part| part.iter())
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().flat_map(|part| part.values())
    }
}

/// A list that only grows, copied in no time as well.
#[derive(Clone)]
pub(super) struct Log<T> {
    parts: Shared<usize, T>,
    length: usize,
}

impl<T> Default for Log<T> {
    fn default() -> Log<T> {
        Log { parts: Shared::default(), length: 0 }
    }
}

impl<T: Clone> Log<T> {
    pub(super) fn push(&mut self, value: T) {
        self.parts.insert(self.length, value);
        self.length += 1;
    }

    pub(super) fn extend(&mut self, values: impl IntoIterator<Item = T>) {
        values.into_iter().for_each(|value| self.push(value));
    }

    /// In the order in which they came.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        (0..self.length).filter_map(|number| self.parts.get(&number))
    }
}
