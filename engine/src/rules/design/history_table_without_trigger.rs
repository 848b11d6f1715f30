//! A history that depends on everybody remembering to write it.

use crate::rule::prelude::*;
use crate::shape;
use std::collections::HashMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "history-table-without-trigger",
    category: Design,
    severity: Info,
    title: "a table has a history table and no trigger that fills it",
    why: "A table accounts_history beside accounts promises that changes are kept. Without a trigger, only the \
          code paths that remember it write there: a manual UPDATE, a job or a new service leaves no trace.",
    remedy: "Fill the history table by a trigger AFTER UPDATE OR DELETE ... FOR EACH ROW on the table.",
    parameters: &[],
    sources: &[Guide("S-099"), Guide("S-100"), Guide("S-101"), Manual("plpgsql-trigger", "Triggers on Data Changes")],
    examples: &[
        bad("CREATE TABLE accounts (id bigint PRIMARY KEY, name text NOT NULL);\n\
             CREATE TABLE accounts_history (history_id bigint PRIMARY KEY, id bigint NOT NULL, name text NOT NULL);")
        .advice(),
        good("CREATE TABLE accounts (id bigint PRIMARY KEY, name text NOT NULL);\n\
             CREATE TABLE accounts_history (history_id bigint PRIMARY KEY, id bigint NOT NULL, name text NOT NULL);\n\
             CREATE TRIGGER keep AFTER UPDATE OR DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION keep();")
        .given("CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO accounts_history VALUES (1, OLD.id, OLD.name); RETURN NULL; END $$;"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: false,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let judged = |table: &&Table| !*table.relation.exempt && shape::own_design(table);
    let named: HashMap<(&str, &str), &Table> = database
        .tables
        .iter()
        .filter(judged)
        .map(|table| ((table.relation.schema.as_str(), table.relation.name.as_str()), table))
        .collect();
    for history in database.tables.iter().filter(judged) {
        let relation = &history.relation;
        let stem = ["_history", "_hist"].iter().find_map(|suffix| relation.name.strip_suffix(suffix));
        let Some(stem) = stem.filter(|_| database.in_scope(relation.oid)) else { continue };
        let plural = crate::words::plural_name(stem);
        let table = named
            .get(&(relation.schema.as_str(), stem))
            .or_else(|| named.get(&(relation.schema.as_str(), plural.as_str())));
        let Some(table) = table else { continue };
        let writes = |trigger: &Trigger| (trigger.update || trigger.delete) && trigger.enabled != 'D';
        if table.state.as_ref().is_none_or(|state| state.own_triggers().any(writes)) {
            continue;
        }
        out.relation(
            &table.relation,
            format!("no trigger of {} fills {}", table.relation.display(), relation.display()),
        )
        .detail("It has no trigger on UPDATE or DELETE: only code that remembers it keeps the history.")
        .advice("Fill it by a trigger AFTER UPDATE OR DELETE ... FOR EACH ROW.")
        .evidence("history_table", relation.display());
    }
}
