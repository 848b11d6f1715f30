//! VACUUM FULL and CLUSTER write the table anew while nobody can use it.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "vacuum-full-or-cluster",
    category: Locks,
    severity: Error,
    title: "VACUUM FULL or CLUSTER writes the whole table anew while nobody can read it",
    why: "Both copy every row into new files and build all indexes again under ACCESS EXCLUSIVE: reads and writes wait from start to end, and the disk needs room for a second copy. Without a list of tables they do it with every table in turn. They fire no event trigger: they are seen in a text, not when they run.",
    remedy: "Plain VACUUM makes the space of dead rows usable again while everybody works. To give space back to the disk use pg_repack, which needs its lock for an instant only, or copy into a new table in batches and swap the names.",
    parameters: &[],
    sources: &[Guide("S-177"), Manual("sql-vacuum", "FULL"), Manual("sql-cluster", "Description")],
    examples: &[
        bad("VACUUM FULL orders;").given(ORDERS).lint(),
        bad("VACUUM (FULL, ANALYZE) customers, orders;").title("one of several").given(ORDERS).lint(),
        bad("CLUSTER orders USING orders_pkey;").title("CLUSTER").given(ORDERS).lint().advice(),
        bad("VACUUM FULL;").title("every table of the database").given(ORDERS).lint(),
        good("VACUUM orders;").title("plain VACUUM").given(ORDERS).lint(),
        good("VACUUM (FULL false) orders;").title("FULL is switched off").given(ORDERS).lint(),
        good("VACUUM FULL customers;").title("a small table").given(ORDERS).lint(),
        good("ALTER TABLE orders CLUSTER ON orders_pkey;").title("only notes the index").given(ORDERS).lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let (words, all) = match &statement.ddl {
        Ddl::Vacuum { full: true, tables } => ("VACUUM FULL", tables.is_empty()),
        Ddl::Cluster { table, .. } => ("CLUSTER", table.is_none()),
        _ => return,
    };
    if all {
        let which =
            if words == "CLUSTER" { "every table that was clustered before" } else { "every table of the database" };
        let finding = out.object("statement", "", words, format!("{words} writes {which} anew under ACCESS EXCLUSIVE"));
        finding.detail("One table after the other is locked for reads and writes until its copy is done.").advice(
            "Plain VACUUM lets everybody work. Where single tables must give space back, take pg_repack for these.",
        );
        if words == "VACUUM FULL" {
            finding.remedy("VACUUM;");
        }
        return;
    }
    let mut told: Vec<Oid> = Vec::new();
    for effect in &statement.impact.effects {
        let relation = &effect.relation;
        if !cx.live(relation) || told.contains(&relation.oid) {
            continue;
        }
        told.push(relation.oid);
        let finding =
            out.relation(relation, format!("{words} writes {} anew while nobody can read it", relation.display()));
        finding
            .detail(recipes::holds(statement, cx, relation, "until every row is copied and every index built"))
            .evidence("lock", statement.impact.lock_on(relation.oid).as_str());
        if words == "VACUUM FULL" {
            finding
                .advice("Plain VACUUM makes the space usable again; pg_repack gives it back to the disk without stopping anybody:")
                .remedy(format!("VACUUM {};", relation.sql()));
        } else {
            finding.advice("Order the table with pg_repack (--order-by), which locks it for an instant only.");
        }
    }
}
