//! CONCURRENTLY where PostgreSQL has no such form.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "concurrent-refused",
    category: Locks,
    severity: Error,
    title: "CONCURRENTLY is asked for where PostgreSQL refuses it",
    why: "CONCURRENTLY exists only for some objects. PostgreSQL refuses it for CREATE INDEX on a partitioned table, \
          for DROP INDEX of a constraint's index and of an index of a partitioned tree, for DETACH PARTITION while a \
          default partition exists, and for REFRESH MATERIALIZED VIEW of a view that has no full unique index or was \
          never populated. The migration is certain to fail at this statement.",
    remedy: "Use the form that works for this object; the finding shows it.",
    parameters: &[],
    sources: &[
        Guide("S-171"),
        Manual("sql-createindex", "Building Indexes Concurrently"),
        Manual("sql-dropindex", "CONCURRENTLY"),
        Manual("sql-altertable", "DETACH PARTITION"),
        Manual("sql-refreshmaterializedview", "CONCURRENTLY"),
    ],
    examples: &[
        bad("CREATE INDEX CONCURRENTLY idx_events_payload ON events (payload);").title("a partitioned table").given(EVENTS),
        bad("DROP INDEX CONCURRENTLY idx_events_payload;")
            .title("an index of a partitioned table")
            .given(with!(EVENTS, "CREATE INDEX idx_events_payload ON events (payload);")),
        bad("DROP INDEX CONCURRENTLY orders_code_key;")
            .title("the index of a constraint")
            .given(with!(ORDERS, "ALTER TABLE orders ADD UNIQUE (code);"))
            // What works drops the constraint, and that is worth a word of its own.
            .advice(),
        bad("ALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY;")
            .title("there is a default partition")
            .given(with!(EVENTS, "CREATE TABLE events_rest PARTITION OF events DEFAULT;")),
        bad("REFRESH MATERIALIZED VIEW CONCURRENTLY order_totals;")
            .title("no unique index on the materialised view")
            .given(with!(
                ORDERS,
                "CREATE MATERIALIZED VIEW order_totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY 1;"
            ))
            .advice(),
        bad("REFRESH MATERIALIZED VIEW CONCURRENTLY order_totals;")
            .title("the materialised view was never populated")
            .given(with!(
                ORDERS,
                "CREATE MATERIALIZED VIEW order_totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY 1 WITH NO DATA;\n\
                 CREATE UNIQUE INDEX idx_order_totals_customer_id ON order_totals (customer_id);"
            )),
        good("CREATE INDEX CONCURRENTLY idx_events_2024_payload ON events_2024 (payload);")
            .title("a partition by itself")
            .given(EVENTS),
        good("DROP INDEX CONCURRENTLY idx_orders_code;")
            .title("a unique index without a constraint")
            .given(with!(ORDERS, "CREATE UNIQUE INDEX idx_orders_code ON orders (code);")),
        good("ALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY;").given(EVENTS),
        good("REFRESH MATERIALIZED VIEW CONCURRENTLY order_totals;")
            .title("populated, with a unique index")
            .given(with!(
                ORDERS,
                "CREATE MATERIALIZED VIEW order_totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY 1;\n\
                 CREATE UNIQUE INDEX idx_order_totals_customer_id ON order_totals (customer_id);"
            )),
    ],
    check: Check::On(Kinds::CREATE_INDEX.or(Kinds::DROP).or(Kinds::DETACH).or(Kinds::OTHER), check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let refusals = &statement.impact.refusals;
    for refusal in refusals.iter().filter(|refusal| refusal.kind == RefusalKind::Concurrently) {
        if !cx.judged(&table.relation) {
            return;
        }
        let words = match &statement.ddl {
            Ddl::AlterTable(_) => "DETACH PARTITION ... CONCURRENTLY".to_owned(),
            _ => format!("{} CONCURRENTLY", statement.tag),
        };
        let message = format!("PostgreSQL refuses {words} on {}", table.relation.display());
        let finding = out.relation(&table.relation, message);
        finding.detail(format!("{}.", refusal.why)).discriminator(format!("{words} {}", refusal.command));
        let (advice, sql) = other_form(statement, &table.relation);
        if !refusal.remedy.is_empty() {
            finding.advice("The form that works:").remedy(refusal.remedy.as_str());
        } else {
            finding.advice(advice);
            if let Some(sql) = sql {
                finding.remedy(sql);
            }
        }
    }
}

/// The form that works instead: advice, and the SQL where it can be written down.
fn other_form(statement: &Statement, relation: &Relation) -> (&'static str, Option<String>) {
    match &statement.ddl {
        Ddl::CreateIndex(create) => {
            let touches = statement.impact.touches.iter();
            let leaves: Vec<&Relation> = touches
                .filter(|touch| touch.role == Role::Child && touch.relation.kind == RelationKind::Table)
                .map(|touch| &touch.relation)
                .collect();
            (
                "Create the index ON ONLY the parent, build it CONCURRENTLY in each partition, and attach each with ALTER \
                 INDEX ... ATTACH PARTITION; each statement by itself, outside a transaction block.",
                recipes::partitioned_index(statement, create, &leaves),
            )
        }
        Ddl::Drop(drop) if drop.names.len() > 1 && !drop.cascade => {
            let exists = if drop.if_exists { "IF EXISTS " } else { "" };
            let each = drop.names.iter().map(|name| format!("DROP INDEX CONCURRENTLY {exists}{};", name.sql()));
            ("Drop one index per statement:", Some(each.collect::<Vec<_>>().join("\n")))
        }
        Ddl::Drop(drop) if drop.cascade => {
            ("Drop what depends on the index by name first, then the index CONCURRENTLY and without CASCADE.", None)
        }
        Ddl::Drop(_) => match &statement.index {
            Some(index) if index.is_partition => {
                ("It belongs to an index of the parent table: drop that one, or leave it in place.", None)
            }
            Some(index) => ("The form that works:", Some(format!("DROP INDEX {};", index.sql()))),
            None => ("Leave CONCURRENTLY out.", None),
        },
        Ddl::AlterTable(alter) => {
            let partition = alter.commands.iter().find_map(|command| match command {
                AlterCommand::DetachPartition { partition, .. } => Some(recipes::named(statement, partition)),
                _ => None,
            });
            (
                "Without CONCURRENTLY it works, with a short lock_timeout (or detach the default partition first):",
                partition.map(|name| format!("ALTER TABLE {} DETACH PARTITION {name};", relation.sql())),
            )
        }
        Ddl::RefreshMaterializedView { .. } => (
            "Create a unique index on plain columns of the materialized view, CONCURRENTLY and without a WHERE clause; or \
             refresh it without CONCURRENTLY, which blocks its readers.",
            None,
        ),
        _ => ("Leave CONCURRENTLY out.", None),
    }
}
