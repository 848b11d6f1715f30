//! A trigger's name that SQL must quote.

use crate::rule::prelude::*;
use crate::words::{is_snake, to_snake};

/// The rule.
pub static RULE: Rule = Rule {
    name: "trigger-name-pattern",
    category: Naming,
    severity: Info,
    title: "a trigger's name is not in lower snake_case",
    why: "Triggers of the same event fire in the order of their names, in which upper case comes before lower case: a name in mixed case fires at another \
          moment than it seems. Each ALTER TABLE ... DISABLE TRIGGER has to quote it.",
    remedy: "Use lower snake_case that says what the trigger does: update_orders_updated_at.",
    parameters: &[],
    sources: &[Guide("S-020"), Manual("trigger-definition", "Overview of Trigger Behavior")],
    examples: &[
        bad("CREATE TRIGGER \"KeepOrder\" BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION keep_order();")
            .given(KEEP),
        good("CREATE TRIGGER keep_order BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION keep_order();")
            .given(KEEP),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

const KEEP: &str = with!(
    EMPTY_ORDERS,
    "CREATE FUNCTION keep_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
);

fn check(table: &Table, state: &TableState, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for trigger in
        state.triggers.iter().filter(|t| !t.internal && !t.inherited && t.constraint == 0 && !is_snake(&t.name))
    {
        let name = sql::ident(&trigger.name);
        let finding =
            out.relation(relation, format!("trigger name {name} of {} is not in lower snake_case", relation.display()));
        finding.detail("Triggers fire in the order of their names.").discriminator(trigger.name.as_str());
        match to_snake(&trigger.name).filter(|new| state.triggers.iter().all(|other| other.name != *new)) {
            Some(new) => finding
                .advice("Rename it, after a look at the order in which it fires then:")
                .remedy(format!("ALTER TRIGGER {name} ON {} RENAME TO {new};", relation.sql())),
            None => finding.advice("Give it a name in lower snake_case that says what it does."),
        };
    }
}
