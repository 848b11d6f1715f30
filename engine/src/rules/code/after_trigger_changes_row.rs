//! An AFTER trigger that sets a column of NEW: the row is written already.

use crate::rule::prelude::*;
use std::collections::HashMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "after-trigger-changes-row",
    category: CodeRules,
    severity: Warning,
    title: "a trigger that fires AFTER sets columns of NEW, which has no effect",
    why: "An AFTER trigger sees the row when it is written: what it assigns to NEW is thrown away, and its return value is ignored. The column \
          (updated_at, a search vector, a normalised copy) stays as it was, without an error.",
    remedy: "Create the trigger BEFORE INSERT OR UPDATE.",
    parameters: &[],
    sources: &[Guide("S-020"), Manual("plpgsql-trigger", "Triggers on Data Changes")],
    examples: &[
        bad("CREATE TRIGGER stamp_order AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp_order();")
            .given(STAMP)
            .advice(),
        good("CREATE TRIGGER stamp_order BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp_order();")
            .given(STAMP),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

const STAMP: &str = with!(
    EMPTY_ORDERS,
    "CREATE FUNCTION stamp_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.placed_at := now(); RETURN NEW; END $$;"
);

/// The first column of NEW that the body gives a value; comments and texts are not looked into.
pub(super) fn assigned(body: &str) -> Option<String> {
    let body = body.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = body[from..].find("new.") {
        let start = from + at;
        from = start + 4;
        let before = body[..start].trim_end();
        let statement = before.is_empty()
            || before.ends_with(';')
            || ["begin", "then", "else", "loop"].iter().any(|word| before.ends_with(word));
        let name: String = body[from..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let after = body[from + name.len()..].trim_start();
        let sets = after.starts_with(":=") || after.starts_with('=');
        let line_start = body[..start].rfind('\n').map_or(0, |n| n + 1);
        let comment = body[line_start..start].contains("--");
        if statement && sets && !comment && !name.is_empty() {
            return Some(name);
        }
    }
    None
}

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let setters: HashMap<Oid, String> = database
        .functions
        .iter()
        .filter_map(|function| {
            let state = function.state.as_ref().filter(|state| state.is_trigger && state.language == "plpgsql")?;
            // One function for BEFORE and AFTER asks TG_WHEN.
            let body = state.body.as_deref().filter(|body| !body.to_ascii_lowercase().contains("tg_when"))?;
            Some((function.oid, assigned(body)?))
        })
        .collect();
    if setters.is_empty() {
        return;
    }
    for table in database.tables.iter().filter(|table| !*table.relation.exempt && !table.relation.is_partition) {
        let Some(state) = &table.state else { continue };
        for trigger in state.triggers.iter().filter(|t| !t.internal && !t.before && !t.instead && t.for_each_row) {
            let Some(column) = setters.get(&trigger.function) else { continue };
            let relation = &table.relation;
            // A function that is also called by a BEFORE trigger of the table does its work there.
            if state.triggers.iter().any(|other| other.before && other.function == trigger.function) {
                continue;
            }
            let name = sql::ident(&trigger.name);
            out.relation(
                relation,
                format!(
                    "trigger {name} of {} sets {} after the row is written",
                    relation.display(),
                    sql::ident(column)
                ),
            )
            .detail(format!("It fires AFTER, and {} assigns to NEW, which then has no effect.", trigger.function_name))
            .advice("Create the trigger BEFORE the event instead.")
            .discriminator(trigger.name.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::assigned;

    #[test]
    fn assignments() {
        assert_eq!(assigned("BEGIN NEW.updated_at := now(); RETURN NEW; END").as_deref(), Some("updated_at"));
        assert_eq!(assigned("begin\n  new.a = 1;\nend").as_deref(), Some("a"));
        assert_eq!(assigned("BEGIN IF NEW.a = 1 THEN RETURN NEW; END IF; END"), None);
        assert_eq!(assigned("BEGIN\n -- NEW.a := 1;\n RETURN NEW; END"), None);
        assert_eq!(assigned("BEGIN UPDATE t SET x = NEW.x WHERE y = NEW.y; END"), None);
        assert_eq!(assigned("BEGIN IF OLD.a THEN NEW.b := 2; END IF; END").as_deref(), Some("b"));
    }
}
