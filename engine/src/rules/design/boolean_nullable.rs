//! A flag that can be true, false or neither.

use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "boolean-nullable",
    category: Design,
    severity: Info,
    title: "a boolean column with a default may be NULL",
    why: "A boolean that may be NULL has three values, and WHERE active and WHERE NOT active together leave \
          rows out. A default of true or false shows that two were meant: the NULL gets in by an INSERT that \
          names the column.",
    remedy: "Make the column NOT NULL: through a validated CHECK on a large table, so that nobody waits for the \
          scan. A third value that is meant deserves a name: an enum.",
    parameters: &[
        Parameter { name: "without_default", default: Boolean(false), what: "also find columns without a default, which may mean not known" },
    ],
    sources: &[Guide("S-072"), Manual("datatype-boolean", "Boolean Type")],
    examples: &[
        bad("CREATE TABLE accounts (id bigint PRIMARY KEY, is_active boolean DEFAULT true);"),
        good("CREATE TABLE accounts (id bigint PRIMARY KEY, is_active boolean NOT NULL DEFAULT true);"),
        good("CREATE TABLE answers (id bigint PRIMARY KEY, is_correct boolean);")
        .title("perhaps not known yet"),
        good("CREATE TABLE accounts (id bigint PRIMARY KEY, is_active boolean DEFAULT true CHECK (is_active IS NOT NULL));")
        .title("a CHECK says so"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !shape::own_design(table) {
        return;
    }
    let every = cx.boolean("without_default", relation);
    for column in table
        .columns
        .iter()
        .filter(|c| c.data_type.base == "boolean" && !c.data_type.is_array && !c.data_type.is_domain)
    {
        let two = matches!(column.default.as_deref(), Some("true" | "false"));
        if column.not_null || column.generated != Generated::No || !(two || every) || shape::is_checked(table, column) {
            continue;
        }
        let shown = sql::ident(&column.name);
        let finding =
            out.column(relation, &column.name, format!("boolean {shown} of {} may be NULL", relation.display()));
        finding.detail(match &*column.default {
            Some(default) => format!("Its default is {default}; an INSERT or UPDATE can still make it NULL."),
            None => "It has no default: rows that do not name it are neither true nor false.".to_owned(),
        });
        if column.statistics.as_ref().is_some_and(|statistics| statistics.null_fraction > 0.0) {
            finding.advice("Give the rows that are NULL a value in batches, then make the column NOT NULL.");
        } else {
            finding
                .advice("Make it NOT NULL; rows that are NULL have to get a value first:")
                .remedy(recipes::not_null(cx, table, &column.name));
        }
    }
}
