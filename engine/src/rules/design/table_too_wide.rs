//! A table of a hundred columns is several tables in one.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "table-too-wide",
    category: Design,
    severity: Info,
    title: "a table has very many columns",
    why: "A table that grew to a hundred columns usually holds several things at once: most columns are NULL \
          in most rows, each UPDATE writes the whole row anew, every index of any of them is touched, rows no \
          longer fit a page, and SELECT * reads it all. The server's limit (1,600 columns, dropped ones \
          included, or what fits a page of 8 kB) is closer than it looks.",
    remedy: "Move groups of columns that are used together, or are mostly NULL, into tables of their own with the \
          same key, and what nobody searches into one jsonb. Wide fact tables of a warehouse are meant to be \
          wide: profile olap.",
    parameters: &[
        Parameter { name: "info_columns", default: Integer(50), what: "more than this is found: columns" },
        Parameter { name: "warning_columns", default: Integer(100), what: "more than this is a warning: columns" },
    ],
    sources: &[Guide("S-108"), Manual("limits", "PostgreSQL Limits")],
    examples: &[
        bad("DO $$ BEGIN\n    \
             EXECUTE (SELECT format('CREATE TABLE accounts (id bigint PRIMARY KEY, %s)', string_agg(format('value_%s text NOT NULL', translate(g::text, '0123456789', 'abcdefghij')), ', ')) FROM generate_series(1, 60) AS g);\n\
             END $$;")
        .advice(),
        good("CREATE TABLE accounts (id bigint PRIMARY KEY, name text NOT NULL);"),
        good("DO $$ BEGIN\n    \
             EXECUTE (SELECT format('CREATE TABLE accounts (id bigint PRIMARY KEY, %s)', string_agg(format('value_%s text NOT NULL', translate(g::text, '0123456789', 'abcdefghij')), ', ')) FROM generate_series(1, 60) AS g);\n    \
             FOR n IN 10..30 LOOP\n        \
             EXECUTE format('ALTER TABLE accounts DROP COLUMN value_%s', translate(n::text, '0123456789', 'abcdefghij'));\n    \
             END LOOP;\n\
             END $$;")
        .title("dropped columns do not count"),
    ],
    check: Check::State(check),
    also: &[Check::Of(Aspects::COLUMNS.or(Aspects::WHOLE), check_new)],
    enabled: true,
};

/// What a transaction creates, or adds columns to; a full check judges by its own.
fn check_new(table: &Table, cx: &Context, out: &mut Findings) {
    let grows = || table.columns.iter().any(|column| column.created_here && column.touched);
    if cx.database.is_none() && (table.whole || grows()) {
        judge(table, cx, out);
    }
}

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    judge(table, cx, out);
}

fn judge(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !shape::own_design(table) {
        return;
    }
    let limit = |name: &str| usize::try_from(cx.integer(name, relation)).unwrap_or(usize::MAX);
    let columns = table.columns.len();
    if columns <= limit("info_columns") {
        return;
    }
    let finding = out.relation(relation, format!("table {} has {columns} columns", relation.display()));
    if columns > limit("warning_columns") {
        finding.severity(Warning);
    }
    let sparse = table.columns.iter().filter(|c| c.statistics.as_ref().is_some_and(|s| s.null_fraction > 0.6)).count();
    let mostly_null = if sparse > 0 { format!(" {sparse} of them are NULL in most rows.") } else { String::new() };
    finding
        .detail(format!("More than {}.{mostly_null}", limit("info_columns")))
        .advice("Move columns that are used together, or are mostly NULL, into tables of their own with the same key.")
        .evidence("columns", columns)
        .evidence("mostly_null_columns", sparse);
}
