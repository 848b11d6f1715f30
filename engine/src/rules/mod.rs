//! The rules, one small file each; the folder is the category.

pub mod fixtures;

mod breakage;
mod data_loss;
mod design;
mod locks;
mod naming;
mod security;
mod transactions;
mod types;

use crate::rule::Rule;
use std::sync::LazyLock;

/// Every rule, by category and in the order of its `mod.rs`.
pub static RULES: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    [
        locks::RULES,
        breakage::RULES,
        data_loss::RULES,
        transactions::RULES,
        design::RULES,
        types::RULES,
        naming::RULES,
        security::RULES,
    ]
    .concat()
});
