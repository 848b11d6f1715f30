//! The memory of our facts and findings.
//!
//! A judgement makes some hundreds of short strings and lists and drops them all together. The C library's allocator keeps only a
//! few freed blocks of a size at hand; beyond them it searches and merges, and so does the server with the pieces that are left.
//! Here a freed small block waits for the next one of its size. At most half a megabyte waits in a session.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr::null_mut;

/// The allocator of this library; the server's own `palloc` is untouched.
#[global_allocator]
static ALLOCATOR: Allocator = Allocator;

struct Allocator;

/// Sizes are multiples of this, and blocks are aligned to it, as the C library's are.
const STEP: usize = 16;
/// Blocks of up to this size wait.
const LARGEST: usize = 512;
/// The bytes of one size that wait at most.
const WAITING: usize = 16 * 1024;

/// A block that waits: what it begins with.
struct Free {
    next: *mut Free,
}

#[derive(Clone, Copy)]
struct List {
    first: *mut Free,
    count: usize,
}

thread_local! {
    // Nothing to drop: the blocks of a session go with its process.
    static LISTS: UnsafeCell<[List; LARGEST / STEP]> =
        const { UnsafeCell::new([List { first: null_mut(), count: 0 }; LARGEST / STEP]) };
}

/// The place of the list for this layout, and the size of its blocks; none for what is passed on to the C library.
#[inline]
fn class(layout: Layout) -> Option<(usize, usize)> {
    let size = layout.size();
    if size == 0 || size > LARGEST || layout.align() > STEP {
        return None;
    }
    let class = (size - 1) / STEP;
    Some((class, (class + 1) * STEP))
}

/// The layout that every block of a size is asked from the C library with, and given back.
#[inline]
fn block(size: usize) -> Layout {
    // SAFETY: the alignment is a power of two, and sizes are small.
    unsafe { Layout::from_size_align_unchecked(size, STEP) }
}

// SAFETY: a block is handed out once until it is given back; it is as large and as aligned as its layout demands. Lists belong to
// one thread each; a block that was made in one thread may wait in another. Nothing unwinds.
unsafe impl GlobalAlloc for Allocator {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some((class, size)) = class(layout) else {
            // SAFETY: the caller's promise.
            return unsafe { System.alloc(layout) };
        };
        let waiting = LISTS.try_with(|lists| {
            // SAFETY: this thread's lists, borrowed by nobody else: nothing in here calls anything. What is in a list is a block of
            // its size, and begins with the address of the next one.
            unsafe {
                let list = &mut (&mut *lists.get())[class];
                let found = list.first;
                if !found.is_null() {
                    list.first = (*found).next;
                    list.count -= 1;
                }
                found.cast::<u8>()
            }
        });
        match waiting {
            Ok(found) if !found.is_null() => found,
            // SAFETY: the size is not 0.
            _ => unsafe { System.alloc(block(size)) },
        }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let Some((class, size)) = class(layout) else {
            // SAFETY: the caller's promise; what has no class came from there.
            return unsafe { System.dealloc(pointer, layout) };
        };
        let kept = LISTS.try_with(|lists| {
            // SAFETY: as in `alloc`; the block is the caller's no longer, and large enough for an address.
            unsafe {
                let list = &mut (&mut *lists.get())[class];
                let room = list.count < WAITING / size;
                if room {
                    let free = pointer.cast::<Free>();
                    (*free).next = list.first;
                    list.first = free;
                    list.count += 1;
                }
                room
            }
        });
        if kept != Ok(true) {
            // SAFETY: it was made with this layout.
            unsafe { System.dealloc(pointer, block(size)) }
        }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller promises that the new size is valid with this alignment.
        let new = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        match (class(layout), class(new)) {
            // SAFETY: both are the C library's.
            (None, None) => unsafe { System.realloc(pointer, layout, new_size) },
            // The block is large enough.
            (Some(old), Some(new)) if old == new => pointer,
            _ => {
                // SAFETY: both blocks are as large as what is copied, and different.
                unsafe {
                    let moved = self.alloc(new);
                    if !moved.is_null() {
                        std::ptr::copy_nonoverlapping(pointer, moved, layout.size().min(new_size));
                        self.dealloc(pointer, layout);
                    }
                    moved
                }
            }
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if class(layout).is_none() {
            // SAFETY: the caller's promise. Large blocks are fresh from the kernel, and zero.
            return unsafe { System.alloc_zeroed(layout) };
        }
        // SAFETY: the caller's promise; the block is as large as the layout.
        unsafe {
            let made = self.alloc(layout);
            if !made.is_null() {
                made.write_bytes(0, layout.size());
            }
            made
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Allocator, LARGEST};
    use std::alloc::{GlobalAlloc, Layout};

    #[test]
    fn blocks_of_every_size_keep_what_is_written_to_them() {
        let mut blocks = Vec::new();
        for round in 0..3_u8 {
            for size in 1..LARGEST + 40 {
                for align in [1, 8, 16, 64] {
                    let layout = Layout::from_size_align(size, align).expect("a layout");
                    // SAFETY: a layout of more than no bytes.
                    let made = unsafe { Allocator.alloc(layout) };
                    assert!(!made.is_null() && made as usize % align == 0);
                    let fill = round.wrapping_add(size as u8);
                    // SAFETY: the block is of this size.
                    unsafe { made.write_bytes(fill, size) };
                    blocks.push((made, layout, fill));
                }
            }
            // Some grow, some shrink, and all are as they were.
            for (made, layout, fill) in blocks.drain(..) {
                let size = if layout.size() % 2 == 0 { layout.size() * 2 } else { layout.size().div_ceil(3) };
                // SAFETY: the block is of this layout, and is read within both sizes.
                unsafe {
                    let moved = Allocator.realloc(made, layout, size);
                    let kept = std::slice::from_raw_parts(moved, size.min(layout.size()));
                    assert!(kept.iter().all(|byte| *byte == fill));
                    Allocator.dealloc(moved, Layout::from_size_align(size, layout.align()).expect("a layout"));
                    let zeroed = Allocator.alloc_zeroed(layout);
                    assert!(std::slice::from_raw_parts(zeroed, layout.size()).iter().all(|byte| *byte == 0));
                    Allocator.dealloc(zeroed, layout);
                }
            }
        }
    }
}
