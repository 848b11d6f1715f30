//! ALTER COLUMN TYPE that leaves the rows alone but builds indexes anew.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "type-change-index-rebuild",
    category: Locks,
    severity: Warning,
    title: "a type change builds indexes anew while nobody can read the table",
    why: "A change of type or collation can leave the rows as they are and still change how they are sorted: another \
          collation, another operator class, an expression over the column. Then ALTER TABLE builds every index on \
          the column again, under the ACCESS EXCLUSIVE lock that it holds on the table, so that reads and writes \
          wait.",
    remedy: "Expand and contract: a new column with its own index, built CONCURRENTLY. Or, where queries can do \
             without the index for a while, drop it CONCURRENTLY, change the type, and build it CONCURRENTLY.",
    parameters: &[],
    sources: &[
        Guide("S-177"),
        Manual("sql-altertable", "Notes"),
        Code("src/backend/commands/indexcmds.c", "CheckIndexCompatible"),
    ],
    examples: &[
        bad("ALTER TABLE orders ALTER COLUMN code TYPE varchar(10) COLLATE \"C\";")
            .title("another collation")
            .given(with!(ORDERS, "CREATE INDEX idx_orders_code ON orders (code);")),
        bad("ALTER TABLE orders ALTER COLUMN local_at TYPE timestamptz;")
            .title("timestamp to timestamptz under UTC: the rows stay, the operator class changes")
            .given(with!(
                ORDERS,
                "ALTER TABLE orders ADD COLUMN local_at timestamp;\n\
                 CREATE INDEX idx_orders_local_at ON orders (local_at);"
            )),
        bad("ALTER TABLE orders ALTER COLUMN code TYPE text;")
            .title("an index on an expression over the column")
            .given(with!(ORDERS, "CREATE INDEX idx_orders_code ON orders (lower(code));")),
        good("ALTER TABLE orders ALTER COLUMN code TYPE text;")
            .title("varchar to text keeps a plain index")
            .given(with!(ORDERS, "CREATE INDEX idx_orders_code ON orders (code);")),
        good("ALTER TABLE orders ALTER COLUMN code TYPE varchar(10) COLLATE \"C\";").title("no index").given(ORDERS),
        good("ALTER TABLE orders ALTER COLUMN amount TYPE bigint;")
            .title("a rewrite: another rule speaks")
            .given(with!(ORDERS, "CREATE INDEX idx_orders_amount ON orders (amount);")),
        good("ALTER TABLE orders ALTER COLUMN code TYPE varchar(10) COLLATE \"C\";")
            .title("an empty table")
            .given(with!(EMPTY_ORDERS, "CREATE INDEX idx_orders_code ON orders (code);")),
    ],
    check: Check::On(Kinds::ALTER_TYPE, check),
    also: &[],
    enabled: true,
};

/// The indexes that a type change builds anew although the rows stay; empty where the table is rewritten.
pub(super) fn rebuilt<'a>(statement: &'a Statement, cx: &Context, command: usize) -> Vec<&'a Effect> {
    if statement.impact.effects.iter().any(|effect| matches!(effect.work, Work::Rewrite(_))) {
        return Vec::new();
    }
    recipes::live_work(statement, cx, command, |work| matches!(work, Work::RebuildIndex { .. }))
}

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    for (number, command) in statement.commands() {
        let AlterCommand::AlterType { column, data_type, using, collation } = command else { continue };
        let work = rebuilt(statement, cx, number);
        let mut names: Vec<&str> = Vec::new();
        let mut reasons: Vec<&str> = Vec::new();
        for effect in &work {
            let Work::RebuildIndex { index, why } = &effect.work else { continue };
            names.push(index);
            if !reasons.contains(&why.as_str()) {
                reasons.push(why);
            }
        }
        if names.is_empty() {
            continue;
        }
        let message = format!(
            "changing {column} to {} builds {} of {} anew",
            data_type.name,
            if names.len() == 1 { format!("index {}", names[0]) } else { format!("{} indexes", names.len()) },
            relation.display()
        );
        let collate = collation.as_ref().map(|name| format!(" COLLATE {}", name.sql())).unwrap_or_default();
        let finding = out.column(relation, column, message);
        finding
            .detail(recipes::sentences(&[
                format!(
                    "The rows stay as they are, but {} must be built again: {}.",
                    list(&names, 5),
                    list(&reasons, 3)
                ),
                recipes::holds(statement, cx, relation, "for all of it"),
            ]))
            .evidence("lock", statement.impact.lock_on(relation.oid).as_str())
            .evidence("indexes", names.join(", "));
        let advice = "Where queries can do without the index for a while: drop it CONCURRENTLY, change the type, build it \
                      CONCURRENTLY.";
        match recipes::expand(statement, table, column, &format!("{}{collate}", data_type.name), using.as_ref()) {
            Some(sql) => finding
                .advice(format!(
                    "{advice} Else add a column of the new type and fill it without blocking anybody, each statement by \
                     itself. {}",
                    recipes::SWAP
                ))
                .remedy(sql),
            None => finding.advice(advice),
        };
    }
}
