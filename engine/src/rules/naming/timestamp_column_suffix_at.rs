//! A moment in time whose name does not end in `_at`.

use super::{among, column_path, named_columns, rename_column, standard_timestamp_column_names};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "timestamp-column-suffix-at",
    category: Naming,
    severity: Info,
    title: "the name of a timestamp column does not end in _at",
    why: "The ending tells a moment (shipped_at) from a date (shipped_on), a duration and a yes-or-no (shipped) without a look at \
          the type. Whoever reads WHERE shipped IS NOT NULL in a review knows what it means only with it.",
    remedy: "Call a moment <what happened>_at: shipped_at, paid_at. Bounds of a period may end in _from, _to or _until.",
    parameters: &[
        Parameter {
            name: "suffixes",
            default: List(&["_at", "_from", "_to", "_until", "_since"]),
            what: "accepted endings",
        },
        Parameter {
            name: "exceptions",
            default: List(&["at", "time", "timestamp", "ts", "valid_from", "valid_to"]),
            what: "names that are fine as they are: the axis of a metric, the bounds of a period",
        },
    ],
    sources: &[Guide("S-006")],
    examples: &[
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shipped timestamptz);"),
        bad("ALTER TABLE orders ADD COLUMN payment_time timestamptz;").given(EMPTY_ORDERS),
        bad("ALTER TABLE orders ADD COLUMN payment_time timestamptz;").title("a live table").given(ORDERS).advice(),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shipped_at timestamptz, due_date date);")
            .title("a date is no moment"),
        good("CREATE TABLE prices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, valid_from timestamptz, valid_to timestamptz);")
            .title("the bounds of a period"),
        good("CREATE TABLE measurements (ts timestamptz PRIMARY KEY, celsius real NOT NULL);").title("the axis of a metric"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

/// Whether the column holds one moment.
pub(super) fn is_timestamp(column: &Column) -> bool {
    let data_type = &column.data_type;
    !data_type.is_array && matches!(data_type.base.as_str(), "timestamp without time zone" | "timestamp with time zone")
}

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let (suffixes, exceptions) = (cx.words("suffixes", relation), cx.words("exceptions", relation));
    for column in named_columns(table).filter(|column| is_timestamp(column)) {
        let name = column.name.as_str();
        let fine = suffixes.iter().any(|suffix| name.ends_with(*suffix)) || among(&exceptions, name);
        if fine || standard_timestamp_column_names::speaks(column, table, cx) {
            continue;
        }
        let finding = out.column(
            relation,
            name,
            format!("timestamp column name {} does not end in _at", column_path(relation, name)),
        );
        finding.detail(format!("The column is of type {}.", column.data_type.name));
        rename_column(finding, table, name, Some(&at(name)), cx);
    }
}

/// `payment_time` gives `payment_at`, `start` gives `started_at`.
fn at(name: &str) -> String {
    const ENDINGS: &[&str] = &["_timestamp", "_datetime", "_time", "_date", "_when", "_dt", "_on", "_ts"];
    const EVENTS: &[(&str, &str)] = &[
        ("begin", "started"),
        ("end", "ended"),
        ("expiration", "expires"),
        ("expire", "expires"),
        ("expiry", "expires"),
        ("finish", "finished"),
        ("start", "started"),
        ("stop", "stopped"),
    ];
    // `when_` was meant to keep off a key word.
    let name = name.trim_end_matches('_');
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    let (head, word) = stem.rsplit_once('_').map_or(("", stem), |(head, word)| (head, word));
    let word = EVENTS.iter().find(|(event, _)| *event == word).map_or(word, |(_, happened)| happened);
    if head.is_empty() { format!("{word}_at") } else { format!("{head}_{word}_at") }
}

#[cfg(test)]
mod tests {
    #[test]
    fn proposals() {
        for (name, expected) in [
            ("shipped", "shipped_at"),
            ("payment_time", "payment_at"),
            ("shipped_on", "shipped_at"),
            ("start_time", "started_at"),
            ("trial_end", "trial_ended_at"),
            ("when_", "when_at"),
        ] {
            assert_eq!(super::at(name), expected);
        }
    }
}
