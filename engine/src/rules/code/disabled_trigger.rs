//! A trigger that is switched off.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "disabled-trigger",
    category: CodeRules,
    severity: Warning,
    title: "a trigger is disabled",
    why: "A trigger that is switched off for a load and forgotten leaves history unwritten, totals uncounted and checks undone, and nothing says so: the \
          writes succeed.",
    remedy: "Enable it again; what it missed has to be made up for by hand. Drop it if nobody needs it.",
    parameters: &[],
    sources: &[Manual("sql-altertable", "DISABLE TRIGGER")],
    examples: &[
        bad("ALTER TABLE orders DISABLE TRIGGER keep_order;").given(KEPT),
        good("ALTER TABLE orders DISABLE TRIGGER keep_order;\nALTER TABLE orders ENABLE ALWAYS TRIGGER keep_order;")
            .given(KEPT),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

const KEPT: &str = with!(
    EMPTY_ORDERS,
    "CREATE FUNCTION keep_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;\n\
     CREATE TRIGGER keep_order BEFORE DELETE ON orders FOR EACH ROW EXECUTE FUNCTION keep_order();"
);

fn check(table: &Table, state: &TableState, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    // The clone that a partition has can be switched off by itself; where the parent's is off too, that one is told.
    for trigger in state.triggers.iter().filter(|trigger| !trigger.internal && trigger.enabled == 'D') {
        if trigger.inherited && relation.is_partition {
            continue;
        }
        let name = sql::ident(&trigger.name);
        out.relation(relation, format!("trigger {name} of {} is disabled", relation.display()))
            .detail(format!("It would call {}.", trigger.function_name))
            .advice("Enable it, after a look at what it missed meanwhile:")
            .remedy(format!("ALTER TABLE {} ENABLE TRIGGER {name};", relation.sql()))
            .discriminator(trigger.name.as_str());
    }
}
