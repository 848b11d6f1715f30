//! A row trigger that is called for every row, whether it has work or not.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "row-trigger-unconditional",
    category: CodeRules,
    severity: Info,
    title: "a row trigger AFTER UPDATE has no WHEN condition",
    why: "Without WHEN the trigger is queued and its function called for every row of an UPDATE, also where nothing that it cares for has changed. WHEN \
          (OLD.status IS DISTINCT FROM NEW.status) is checked before the event is queued. A BEFORE trigger that sets a column, updated_at \
          for example, needs none.",
    remedy: "Add WHEN (OLD.* IS DISTINCT FROM NEW.*), or the columns that matter.",
    parameters: &[],
    sources: &[Manual("sql-createtrigger", "WHEN")],
    examples: &[
        bad("CREATE TRIGGER log_order AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION log_order();").given(LOG).advice(),
        good("CREATE TRIGGER log_order AFTER UPDATE ON orders FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION log_order();").given(LOG),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

const LOG: &str = with!(
    EMPTY_ORDERS,
    "CREATE FUNCTION log_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
);

fn check(table: &Table, state: &TableState, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for trigger in state.triggers.iter().filter(|t| !t.internal && !t.inherited && t.for_each_row && t.update) {
        if trigger.conditional || trigger.before || trigger.instead {
            continue;
        }
        let name = sql::ident(&trigger.name);
        out.relation(relation, format!("trigger {name} of {} is called for every updated row", relation.display()))
            .detail("It has no WHEN condition.")
            .advice("Create it with WHEN (OLD.* IS DISTINCT FROM NEW.*), or with the columns that it cares for.")
            .discriminator(trigger.name.as_str());
    }
}
