//! A table that autovacuum is told to leave alone.

use crate::rule::prelude::*;
use crate::rules::state::{among, heaps, roots};

/// The rule.
pub static RULE: Rule = Rule {
    name: "autovacuum-disabled",
    category: Health,
    severity: Warning,
    title: "autovacuum is switched off for a table, or for its TOAST",
    why: "autovacuum_enabled = off is set for a load and forgotten. Dead rows then stay for ever, the table grows, its statistics age, and \
          only the emergency vacuum against wraparound still comes, when it hurts most. toast.autovacuum_enabled does the same to the \
          large values, where nobody looks.",
    remedy: "Reset it. Where autovacuum is in the way of a job, let the job VACUUM the table itself, or give the table other thresholds.",
    parameters: &[],
    sources: &[Guide("S-251"), Manual("sql-createtable", "autovacuum_enabled")],
    examples: &[
        bad("ALTER TABLE orders SET (autovacuum_enabled = off);").given(ORDERS),
        bad("ALTER TABLE orders SET (toast.autovacuum_enabled = false);").title("its TOAST only").given(ORDERS),
        good("ALTER TABLE orders SET (autovacuum_vacuum_scale_factor = 0.02);").given(ORDERS),
        good("ALTER TABLE orders SET (autovacuum_enabled = on);").title("said twice").given(ORDERS),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for (root, _) in roots(database) {
        let relation = &root.relation;
        let parts = heaps(database, root);
        let mut found: Vec<&Table> = Vec::new();
        let mut sql: Vec<String> = Vec::new();
        let mut heap = false;
        for (table, state) in &parts {
            let off = state.option("autovacuum_enabled").is_some_and(is_off);
            let toast_off = state.toast_option("autovacuum_enabled").is_some_and(is_off);
            if !off && !toast_off {
                continue;
            }
            heap |= off;
            let options: Vec<&str> = [(off, "autovacuum_enabled"), (toast_off, "toast.autovacuum_enabled")]
                .into_iter()
                .filter_map(|(is, name)| is.then_some(name))
                .collect();
            sql.push(format!(
                "ALTER {} {} RESET ({});",
                table.relation.kind.keyword(),
                table.relation.sql(),
                options.join(", ")
            ));
            found.push(table);
        }
        if found.is_empty() {
            continue;
        }
        let what = if heap { "" } else { "the TOAST table of " };
        out.relation(
            relation,
            format!("autovacuum is switched off for {what}{}{}", relation.display(), among(root, parts.len(), &found)),
        )
        .detail("Only the vacuum against wraparound still comes.")
        .advice("Let it work again; this waits for no reader and no writer:")
        .remedy(sql.join("\n"))
        .evidence("tables", found.len());
    }
}
