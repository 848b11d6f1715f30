//! Facts that are read when a rule asks for them.
//!
//! The guard runs before every DDL statement, and most statements are judged by a few facts. What is dear to read (each index of a
//! table, the text of a CHECK, the size of a file) is looked up when it is used for the first time, and kept.

use std::cell::OnceCell;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

/// A value that is made when it is used for the first time, and shared by its copies until one of them is changed. It is used like
/// the value itself.
pub struct Lazy<T> {
    shared: Option<Rc<Shared<T>>>,
    /// The value that is not shared: the default, for what is neither given nor loaded.
    own: OnceCell<T>,
}

/// The value and what makes it, in one piece of memory: every statement makes dozens of them.
struct Shared<T, F: ?Sized = dyn Fn() -> T> {
    value: OnceCell<T>,
    load: F,
}

impl<T> Shared<T> {
    fn get(&self) -> &T {
        self.value.get_or_init(|| (self.load)())
    }
}

impl<T: 'static> Shared<T> {
    fn known(value: T) -> Rc<Shared<T>> {
        Rc::new(Shared { value: OnceCell::from(value), load: || unreachable!("the value is there") })
    }
}

impl<T> Lazy<T> {
    /// A value that is there. Unlike one made by `from` it is not shared by its copies: for what is small.
    pub fn known(value: T) -> Lazy<T> {
        Lazy { shared: None, own: OnceCell::from(value) }
    }

    /// A value that `load` makes.
    pub fn new(load: impl Fn() -> T + 'static) -> Lazy<T> {
        Lazy { shared: Some(Rc::new(Shared { value: OnceCell::new(), load })), own: OnceCell::new() }
    }
}

impl<T: 'static> Lazy<Option<T>> {
    /// A value that may be missing.
    pub fn optional(value: Option<T>) -> Lazy<Option<T>> {
        if value.is_some() { value.into() } else { Lazy::default() }
    }
}

impl<T: Default + Clone + 'static> Lazy<T> {
    /// Changes the value: now where it is there already, else when it is made.
    pub fn when_loaded(&mut self, change: impl Fn(&mut T) + 'static) {
        match self.shared.take() {
            Some(shared) if shared.value.get().is_none() => {
                *self = Lazy::new(move || {
                    let mut value = shared.get().clone();
                    change(&mut value);
                    value
                });
            }
            shared => {
                self.shared = shared;
                change(self);
            }
        }
    }
}

impl<T: Default> Deref for Lazy<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.shared {
            Some(shared) => shared.get(),
            None => self.own.get_or_init(T::default),
        }
    }
}

impl<T: Default + Clone + 'static> DerefMut for Lazy<T> {
    fn deref_mut(&mut self) -> &mut T {
        let _: &T = &*self;
        let own = match &mut self.shared {
            None => &mut self.own,
            Some(shared) => {
                if Rc::get_mut(shared).is_none() {
                    *shared = Shared::known(shared.get().clone());
                }
                match Rc::get_mut(shared) {
                    Some(shared) => &mut shared.value,
                    None => unreachable!("nobody else has it"),
                }
            }
        };
        match own.get_mut() {
            Some(value) => value,
            None => unreachable!("it was made above"),
        }
    }
}

impl<T> Default for Lazy<T> {
    fn default() -> Lazy<T> {
        Lazy { shared: None, own: OnceCell::new() }
    }
}

impl<T: 'static> From<T> for Lazy<T> {
    fn from(value: T) -> Lazy<T> {
        Lazy { shared: Some(Shared::known(value)), own: OnceCell::new() }
    }
}

impl<T: Clone> Clone for Lazy<T> {
    fn clone(&self) -> Lazy<T> {
        Lazy { shared: self.shared.clone(), own: self.own.clone() }
    }
}

impl<T: Default + PartialEq> PartialEq for Lazy<T> {
    fn eq(&self, other: &Lazy<T>) -> bool {
        **self == **other
    }
}

impl<T: Default + Eq> Eq for Lazy<T> {}

impl<T: Default + fmt::Debug> fmt::Debug for Lazy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<'a, T> IntoIterator for &'a Lazy<Vec<T>> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T: Clone + 'static> IntoIterator for &'a mut Lazy<Vec<T>> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl<T: 'static> FromIterator<T> for Lazy<Vec<T>> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Lazy<Vec<T>> {
        items.into_iter().collect::<Vec<T>>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::Lazy;
    use std::cell::Cell;
    use std::rc::Rc;

    #[test]
    fn made_once_and_only_when_used() {
        let made = Rc::new(Cell::new(0));
        let counter = Rc::clone(&made);
        let mut lazy = Lazy::new(move || {
            counter.set(counter.get() + 1);
            vec![1, 2]
        });
        let before = lazy.clone();
        lazy.when_loaded(|list| list.push(3));
        let mut copy = lazy.clone();
        assert_eq!(made.get(), 0);
        assert_eq!(*lazy, [1, 2, 3]);
        lazy.push(4);
        lazy.when_loaded(|list| list.push(5));
        copy.push(6);
        assert_eq!(*lazy, [1, 2, 3, 4, 5]);
        assert_eq!(*copy, [1, 2, 3, 6]);
        assert_eq!(*before, [1, 2]);
        assert_eq!(made.get(), 1);
    }

    #[test]
    fn a_value_and_nothing() {
        assert_eq!(*Lazy::from("a"), "a");
        let mut nothing = Lazy::<Vec<u8>>::default();
        assert!(nothing.is_empty());
        nothing.push(1);
        assert_eq!(*nothing.clone(), [1]);
    }
}
