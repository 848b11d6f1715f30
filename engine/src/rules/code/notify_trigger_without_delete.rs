//! A trigger that announces changes, but not that a row is gone.

use crate::rule::prelude::*;
use std::collections::{HashMap, HashSet};

/// The rule.
pub static RULE: Rule = Rule {
    name: "notify-trigger-without-delete",
    category: CodeRules,
    severity: Info,
    title: "a trigger announces INSERT and UPDATE, but no DELETE",
    why: "Whoever keeps a cache or a search index in step by LISTEN learns of every new and changed row, and keeps the deleted ones for ever. In a DELETE \
          trigger NEW is NULL: the function has to take OLD.",
    remedy: "Let the trigger fire on DELETE too, with COALESCE(NEW, OLD) in the function.",
    parameters: &[],
    sources: &[Guide("S-318"), Guide("F-28"), Manual("sql-notify", "Notes")],
    examples: &[
        bad("CREATE TRIGGER announce_order AFTER INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION announce_order();").given(ANNOUNCE).advice(),
        good("CREATE TRIGGER announce_order AFTER INSERT OR UPDATE OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION announce_order();").given(ANNOUNCE),
        good("CREATE TRIGGER announce_order AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION announce_order();")
            .given(ANNOUNCE)
            .title("a queue: only new rows matter"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

const ANNOUNCE: &str = with!(
    EMPTY_ORDERS,
    "CREATE FUNCTION announce_order() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n    PERFORM pg_notify('orders', COALESCE(NEW.id, OLD.id)::text);\n    RETURN NULL;\nEND $$;"
);

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let announcers: HashMap<Oid, &Function> = database
        .functions
        .iter()
        .filter(|function| {
            function.state.as_ref().is_some_and(|state| {
                let body = state.body.as_deref().unwrap_or_default().to_ascii_lowercase();
                state.is_trigger && body.contains("pg_notify")
            })
        })
        .map(|function| (function.oid, function))
        .collect();
    if announcers.is_empty() {
        return;
    }
    for table in database.tables.iter().filter(|table| !*table.relation.exempt && !table.relation.is_partition) {
        let Some(state) = &table.state else { continue };
        let fires = |on: fn(&Trigger) -> bool| -> HashSet<Oid> {
            state.triggers.iter().filter(|t| !t.internal && t.enabled != 'D' && on(t)).map(|t| t.function).collect()
        };
        let (updated, deleted) = (fires(|t| t.update), fires(|t| t.delete));
        // Another function may announce the deletions.
        if updated.is_empty() || deleted.iter().any(|function| announcers.contains_key(function)) {
            continue;
        }
        let mut silent: Vec<&Function> =
            updated.iter().filter_map(|function| announcers.get(function).copied()).collect();
        silent.sort_unstable_by_key(|function| function.oid);
        let Some(function) = silent.first() else { continue };
        let relation = &table.relation;
        out.relation(relation, format!("deletions from {} are not announced", relation.display()))
            .detail(format!(
                "{} sends a notification for UPDATE; no trigger that does fires on DELETE.",
                function.sql()
            ))
            .advice("Let the trigger fire on DELETE too, and take OLD where NEW is NULL.");
    }
}
