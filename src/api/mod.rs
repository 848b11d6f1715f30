//! The SQL functions, one file per noun. Their SQL is in `sql/functions/`.

mod adopt;
mod arm;
mod break_glass;
mod check;
mod configure;
mod explain;
mod findings;
mod fix;
mod lint;
mod profile;
pub mod rows;
mod rules;
mod status;
mod suppress;
