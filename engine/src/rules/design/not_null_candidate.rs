//! A column that may be NULL and never is.

use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "not-null-candidate",
    category: Design,
    severity: Info,
    title: "a column may be NULL and is in no row",
    why: "A column that is always filled and may be NULL makes every reader ask what a NULL would mean, and \
          lets the first one in on the day that some code forgets it. NOT NULL costs nothing and tells the \
          planner that an outer join or a NOT IN over it is a simple one.",
    remedy: "Look whether the column is required; then make it NOT NULL, through a validated CHECK on a large \
          table. The share of NULLs is an estimate from a sample.",
    parameters: &[
        Parameter { name: "min_rows", default: Integer(1000), what: "the fewest rows that tell anything: rows" },
    ],
    sources: &[Guide("S-060"), Manual("view-pg-stats", "null_frac")],
    examples: &[
        bad("CREATE TABLE orders (id bigint PRIMARY KEY, code text);\n\
             INSERT INTO orders SELECT g, 'c' || g FROM generate_series(1, 2000) AS g;\n\
             ANALYZE orders;"),
        good("CREATE TABLE orders (id bigint PRIMARY KEY, code text, valid_to timestamptz);\n\
             INSERT INTO orders SELECT g, CASE WHEN g % 10 > 0 THEN 'c' || g END, now() FROM generate_series(1, 2000) AS g;\n\
             ANALYZE orders;")
        .title("NULL in some rows, and a moment that is not known yet"),
        good("CREATE TABLE orders (id bigint PRIMARY KEY, code text);\n\
             INSERT INTO orders SELECT g, 'c' || g FROM generate_series(1, 20) AS g;\n\
             ANALYZE orders;")
        .title("too few rows to tell"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let least = u64::try_from(cx.integer("min_rows", relation)).unwrap_or(0);
    if !shape::own_design(table) || relation.size.rows < least {
        return;
    }
    // Statistics of a table that has changed by more than a tenth since say little.
    let stale = state
        .usage
        .as_ref()
        .is_some_and(|usage| u64::try_from(usage.modified_since_analyze).unwrap_or(0) > relation.size.rows / 10);
    if stale || table.columns.iter().all(|column| column.statistics.is_none()) {
        let reason = if stale {
            "the statistics are older than a tenth of its rows"
        } else {
            "there are no statistics that the caller may see"
        };
        out.not_judged(relation.display(), reason, format!("ANALYZE {};", relation.sql()));
        return;
    }
    for column in table.columns.iter().filter(|c| !c.not_null && c.generated == Generated::No && !c.data_type.is_domain)
    {
        let later = column.name.ends_with("_at") || column.name.ends_with("_to") || column.name.ends_with("_until");
        if later
            || shape::is_soft_delete(column)
            || shape::is_reference(table, column.number)
            || shape::is_checked(table, column)
        {
            continue;
        }
        let Some(statistics) = &column.statistics else {
            let object = format!("{}.{}", relation.display(), sql::ident(&column.name));
            crate::rules::state::no_statistics(object, table, column, out);
            continue;
        };
        if statistics.null_fraction != 0.0 {
            continue;
        }
        let shown = sql::ident(&column.name);
        out.column(
            relation,
            &column.name,
            format!("column {shown} of {} may be NULL, and is in no row", relation.display()),
        )
        .detail(format!("By the planner's statistics, in {}.", cx.sized(relation)))
        .advice("If it is required, say so; VALIDATE fails where a row lacks it:")
        .remedy(recipes::not_null(cx, table, &column.name))
        .evidence("null_fraction", 0);
    }
}
