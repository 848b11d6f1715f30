//! A column's type changes, and clients see it.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "column-type-incompatible",
    category: Breakage,
    severity: Warning,
    title: "a column gets a type that deployed code does not expect",
    why: "Code that was deployed before reads and writes the old type: its driver decodes another one now, its comparisons and its \
          parameters of prepared statements have another type, and values that it wrote in one way are read in another. That no row is \
          rewritten says nothing about it: timestamptz becomes timestamp in an instant while TimeZone is UTC, and from then on every \
          client takes the values for its own local time.",
    remedy: "Expand and contract: add a column of the new type, fill it, let the code move over, and drop the old one in a later release. \
             A type of the same kind to which PostgreSQL converts by itself (varchar to text, more digits, integer to bigint, timestamp \
             to timestamptz) is not reported. Where the table is rewritten, `type-change-rewrite` speaks, says this too, and has the same cure: one change, one \
             finding.",
    parameters: &[],
    sources: &[
        Manual("sql-altertable", "SET DATA TYPE"),
        Manual("datatype-datetime", "Time Stamps"),
        Code("src/backend/parser/parse_coerce.c", "can_coerce_type, TypeCategory"),
    ],
    examples: &[
        bad("ALTER TABLE orders ALTER COLUMN placed_at TYPE timestamp;")
            .title("timestamptz to timestamp while TimeZone is UTC: no rewrite")
            .given(with!(ORDERS, "SELECT architect.configure('timestamp-without-time-zone', 'off');")),
        bad("ALTER TABLE orders ALTER COLUMN placed_at TYPE timestamp USING placed_at;")
            .title("in a text, with a USING that does nothing")
            .given(with!(ORDERS, "SELECT architect.configure('timestamp-without-time-zone', 'off');"))
            .lint()
            .advice(),
        good("ALTER TABLE orders ALTER COLUMN local_at TYPE timestamptz;")
            .title("timestamp to timestamptz, which PostgreSQL does by itself, too")
            .given(with!(ORDERS, "ALTER TABLE orders ADD COLUMN local_at timestamp;")),
        good("ALTER TABLE orders ALTER COLUMN amount TYPE text;")
            .title("a number to text: the rewrite is told, with this")
            .given(ORDERS),
        good("ALTER TABLE orders ALTER COLUMN code TYPE text;").title("varchar to text").given(ORDERS),
        good("ALTER TABLE orders ALTER COLUMN code TYPE varchar(20);").title("a longer varchar").given(ORDERS),
        good("ALTER TABLE orders ALTER COLUMN flags TYPE bit varying;")
            .title("bit to bit varying")
            .given(with!(ORDERS, "ALTER TABLE orders ADD COLUMN flags bit(8);")),
        good("ALTER TABLE orders ALTER COLUMN address TYPE inet;")
            .title("cidr to inet")
            .given(with!(ORDERS, "ALTER TABLE orders ADD COLUMN address cidr;")),
        good("ALTER TABLE orders ALTER COLUMN note TYPE remark;")
            .title("a domain over the same type")
            .given(with!(ORDERS, "CREATE DOMAIN remark AS text;")),
        good("ALTER TABLE orders ALTER COLUMN placed_at TYPE timestamp;").title("an empty table").given(EMPTY_ORDERS),
        good(
            "BEGIN;\n\
              ALTER TABLE orders ADD COLUMN seen_at timestamptz;\n\
              ALTER TABLE orders ALTER COLUMN seen_at TYPE timestamp;\n\
              COMMIT;",
        )
        .title("a column that this transaction added")
        .given(ORDERS),
    ],
    check: Check::On(Kinds::ALTER_TYPE, check),
    also: &[],
    enabled: true,
};

/// What clients see of the type change of one sub-command, as a sentence; an empty text where it is the same kind of type.
pub(in crate::rules) fn seen(statement: &Statement, command: usize) -> String {
    match statement.impact.client_types.iter().find(|change| change.command == command) {
        Some(change) => {
            format!("Code that was deployed before gets {} where it expects {}.", change.to, change.from)
        }
        None => String::new(),
    }
}

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    for change in &statement.impact.client_types {
        let new = table.column(&change.column).is_none_or(|column| column.created_here);
        let rewrites = |work: &Work| matches!(work, Work::Rewrite(Rewrite::Type { .. }));
        let told = statement.impact.of_command(change.command).any(|effect| rewrites(&effect.work));
        if new || told || !cx.live(relation) {
            continue;
        }
        let column = sql::ident(&change.column);
        let finding = out.column(
            relation,
            &change.column,
            format!("clients of {}.{column} get {} instead of {}", relation.display(), change.to, change.from),
        );
        finding
            .detail(format!(
                "{} No row is rewritten, which makes the change quick and not compatible: {} are read in another way.",
                seen(statement, change.command),
                rows(relation.size.rows)
            ))
            .evidence("from", change.from.as_str())
            .evidence("to", change.to.as_str());
        match crate::rules::recipes::expand(statement, table, &change.column, &change.to, None) {
            Some(sql) => finding
                .advice(format!(
                    "Add a column of the new type beside the old one, each statement by itself. {}",
                    crate::rules::recipes::SWAP
                ))
                .remedy(sql),
            None => finding.advice(
                "Add a column of the new type beside the old one, let the code move over, and drop the old one later.",
            ),
        };
    }
}
