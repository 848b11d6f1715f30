//! A table that is named after a page and not after a thing.

use super::own_names;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "ui-shaped-name",
    category: Naming,
    severity: Info,
    title: "a table is named after a part of the user interface",
    why: "Pages and forms are redesigned every year; the things that they show are not. A table that is shaped like a screen mixes several things, and \
          changes with every release.",
    remedy: "Model what the business deals with, and let queries or views put a page together.",
    parameters: &[Parameter {
        name: "words",
        default: List(&["button", "dashboard", "form", "page", "popup", "screen", "tab", "widget", "wizard"]),
        what: "last words of names, in the singular, that name a part of a user interface",
    }],
    sources: &[Guide("S-026")],
    examples: &[
        bad("CREATE TABLE checkout_screens (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);").advice(),
        good("CREATE TABLE checkouts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"),
    ],
    check: Check::Of(Aspects::NAME, check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !table.named || !own_names(table) {
        return;
    }
    let singular = crate::words::singular_name(&relation.name);
    let last = singular.rsplit('_').next().unwrap_or_default();
    if cx.words("words", relation).contains(&last) {
        out.relation(relation, format!("table name {} names a part of the user interface", relation.display()))
            .detail(format!("{last} is what a user sees, not what the business deals with."))
            .advice("Name it after the thing that it holds, if it holds one.");
    }
}
