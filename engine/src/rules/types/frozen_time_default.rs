//! `DEFAULT 'now'` was the moment of CREATE TABLE, and stays it.

use super::own_columns;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "frozen-time-default",
    category: Types,
    severity: Warning,
    title: "a default is the moment when it was declared",
    why: "DEFAULT 'now' (and 'today', 'tomorrow') is read once, when the table is created, and stored as the constant that it was then. Every row \
          that is inserted later gets the time of that migration. now() and CURRENT_TIMESTAMP are functions and are called for each INSERT.",
    remedy: "Use DEFAULT now(), or CURRENT_DATE for dates.",
    parameters: &[],
    sources: &[Manual("functions-datetime", "Current Date/Time")],
    examples: &[
        bad("CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, seen_at timestamptz NOT NULL DEFAULT 'now');"),
        bad("ALTER TABLE orders ADD COLUMN checked_at timestamptz DEFAULT timestamptz 'now';").given(ORDERS).title("a new column of a live table"),
        good("CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, seen_at timestamptz NOT NULL DEFAULT now());"),
        good("CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, seen_at timestamptz DEFAULT 'infinity', since_at timestamptz DEFAULT '1970-01-01 00:00:00+00');")
            .title("constants that are meant"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

/// Whether the default is a constant with a fraction of a second, which nobody writes by hand.
fn is_frozen(default: &str) -> bool {
    // As a text that is not executed has it.
    if default.eq_ignore_ascii_case("'now'") {
        return true;
    }
    let Some(rest) = default.strip_prefix('\'') else { return false };
    let Some((constant, cast)) = rest.split_once('\'') else { return false };
    let fraction =
        constant.split_once('.').map(|(_, tail)| tail.bytes().take_while(u8::is_ascii_digit).count()).unwrap_or(0);
    cast.starts_with("::timestamp") && constant.contains(':') && fraction >= 3
}

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for column in own_columns(table).filter(|column| column.data_type.base.starts_with("timestamp")) {
        let Some(default) = column.default.as_deref().filter(|default| is_frozen(default)) else { continue };
        let shown = sql::ident(&column.name);
        out.column(
            relation,
            &column.name,
            format!("the default of column {shown} of {} is one fixed moment", relation.display()),
        )
        .detail("The default is a constant with a fraction of a second: 'now' as it was when the column was declared.")
        .advice("Call the function instead; this changes the catalog only:")
        .remedy(format!("ALTER TABLE {} ALTER COLUMN {shown} SET DEFAULT now();", relation.sql()))
        .evidence("default", default);
    }
}

#[cfg(test)]
mod tests {
    use super::is_frozen;

    #[test]
    fn constants() {
        assert!(is_frozen("'2026-11-21 12:00:01.123456+00'::timestamp with time zone"));
        assert!(!is_frozen("'2026-11-21 12:00:01+00'::timestamp with time zone"));
        assert!(!is_frozen("'infinity'::timestamp with time zone"));
        assert!(!is_frozen("now()"));
    }
}
