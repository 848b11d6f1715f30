//! The triggers of foreign keys are switched off.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "triggers-disabled",
    category: DataLoss,
    severity: Warning,
    title: "foreign keys are not checked while their triggers are disabled",
    why: "A foreign key is kept by triggers on both of its tables. DISABLE TRIGGER ALL, or of such a trigger, switches them off: orphans come in, deletes no longer cascade, and nothing is reported; the constraint is still marked valid, and enabling the triggers again checks no row. session_replication_role = replica does the same for everything that the session writes.",
    remedy: "DISABLE TRIGGER USER leaves foreign keys alone. Load rows in the order of their keys, or make the key deferrable. Where it has been done, drop the key and add it again NOT VALID, and VALIDATE it: only that looks at the rows.",
    parameters: &[],
    sources: &[
        Manual("sql-altertable", "DISABLE/ENABLE [ REPLICA | ALWAYS ] TRIGGER"),
        Manual("runtime-config-client", "session_replication_role"),
    ],
    examples: &[
        bad("ALTER TABLE orders DISABLE TRIGGER ALL;").given(ORDERS_WITH_FOREIGN_KEY).advice(),
        bad("SET session_replication_role = replica;").title("for all tables").lint().advice(),
        good("ALTER TABLE orders DISABLE TRIGGER USER;").title("foreign keys stay on").given(ORDERS_WITH_FOREIGN_KEY),
        good("ALTER TABLE orders DISABLE TRIGGER ALL;").title("no foreign key is involved").given(ORDERS),
        good("ALTER TABLE orders DISABLE TRIGGER ALL;").title("an empty table").given(EMPTY_ORDERS_WITH_FOREIGN_KEY),
        good("ALTER TABLE orders ENABLE TRIGGER ALL;").title("switched on again").given(ORDERS_WITH_FOREIGN_KEY),
    ],
    check: Check::On(Kinds::OTHER, check),
    also: &[Check::Text(check_setting)],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let unchecked = &statement.impact.unchecked;
    let Some(table) = statement.target.as_ref().filter(|_| !unchecked.is_empty()) else { return };
    let relation = &table.relation;
    if !cx.live(relation) {
        return;
    }
    let plural = if unchecked.len() == 1 { "a foreign key" } else { "foreign keys" };
    out.relation(relation, format!("DISABLE TRIGGER on {} switches {plural} off", relation.display()))
        .detail(format!(
            "Changes of the rows of {} are not held against these any more, although they stay marked as valid: {}. Enabling \
             the triggers checks no row.",
            relation.display(),
            list(unchecked, 10)
        ))
        .advice(
            "Use DISABLE TRIGGER USER, or write in the order of the keys. Afterwards add the keys again NOT VALID and VALIDATE \
             them: only that looks at the rows.",
        )
        .evidence("constraints", unchecked.clone());
}

fn check_setting(statement: &Statement, _: &Context, out: &mut Findings) {
    let Ddl::Set(set) = &statement.ddl else { return };
    let replica = set.value.as_deref().is_some_and(|value| value.trim_matches('\'').eq_ignore_ascii_case("replica"));
    if replica && set.name.eq_ignore_ascii_case("session_replication_role") {
        out.object(
            "setting",
            "",
            "session_replication_role",
            "session_replication_role = replica switches all foreign keys off",
        )
        .detail("No foreign key is checked and no ordinary trigger fires for what the session writes from here on.")
        .advice("Write in the order of the keys, or make them deferrable, and leave the setting to replication.");
    }
}
