//! A column updated_at that nothing keeps, where its neighbours have a trigger for it.

use crate::rule::prelude::*;
use crate::shape;
use std::collections::{BTreeMap, HashMap};

/// The rule.
pub static RULE: Rule = Rule {
    name: "updated-at-trigger-missing",
    category: Design,
    severity: Info,
    title: "updated_at is not kept by a trigger as in other tables of the schema",
    why: "PostgreSQL does not keep updated_at by itself. Where triggers keep it in other tables of the schema, \
          everybody relies on it: a table without the trigger shows the moment of creation for ever, caches \
          and incremental exports miss its changes, and nothing fails. Schemas whose application sets the \
          column are left alone, unless the parameter everywhere says otherwise.",
    remedy: "Create the trigger with the function that the other tables use: BEFORE UPDATE ... FOR EACH ROW.",
    parameters: &[
        Parameter { name: "columns", default: List(&["updated_at"]), what: "names of the column" },
        Parameter { name: "everywhere", default: Boolean(false), what: "also where no table of the schema has such a trigger" },
    ],
    sources: &[Guide("S-090"), Guide("S-089"), Manual("plpgsql-trigger", "Triggers on Data Changes")],
    examples: &[
        bad("CREATE TABLE invoices (id bigint PRIMARY KEY, updated_at timestamptz NOT NULL DEFAULT now());")
        .given("CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;\n\
             CREATE TABLE orders (id bigint PRIMARY KEY, updated_at timestamptz NOT NULL DEFAULT now());\n\
             CREATE TRIGGER set_updated_at BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION set_updated_at();"),
        bad("CREATE TABLE invoices (id bigint PRIMARY KEY, updated_at timestamptz NOT NULL DEFAULT now());")
        .given("SELECT architect.configure('updated-at-trigger-missing', parameters => '{\"everywhere\": true}');")
        .title("asked for everywhere")
        .advice(),
        good("CREATE TABLE invoices (id bigint PRIMARY KEY, updated_at timestamptz NOT NULL DEFAULT now());\n\
             CREATE TABLE orders (id bigint PRIMARY KEY, updated_at timestamptz NOT NULL DEFAULT now());")
        .title("the application keeps it"),
        good("CREATE TABLE invoices (id bigint PRIMARY KEY, updated_at timestamptz NOT NULL DEFAULT now());\n\
             CREATE TRIGGER keep BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION keep_books();")
        .given("CREATE FUNCTION set_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; END $$;\n\
             CREATE FUNCTION keep_books() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW := jsonb_populate_record(NEW, '{}'); RETURN NEW; END $$;\n\
             CREATE TABLE orders (id bigint PRIMARY KEY, updated_at timestamptz NOT NULL DEFAULT now());\n\
             CREATE TRIGGER set_updated_at BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION set_updated_at();")
        .title("a trigger that may set it: it assigns the whole row"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

/// Whether the trigger runs before each UPDATE of a row, and for whom.
fn on_update(trigger: &&Trigger) -> bool {
    trigger.before
        && trigger.for_each_row
        && trigger.update
        && !trigger.internal
        && matches!(trigger.enabled, 'O' | 'A')
}

fn keeps(trigger: &Trigger, column: &str) -> bool {
    trigger.assigns.iter().any(|assigned| *assigned == column.to_lowercase())
}

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    // The column's name and the function that keeps it, by schema, as most tables have it.
    let mut known: HashMap<&str, BTreeMap<&str, usize>> = HashMap::new();
    let mut open: Vec<(&Table, &Column)> = Vec::new();
    for table in database.tables.iter().filter(|table| !*table.relation.exempt && shape::own_design(table)) {
        let relation = &table.relation;
        let Some(state) = table.state.as_deref() else { continue };
        let names = cx.words("columns", relation);
        let Some(column) =
            table.columns.iter().find(|c| names.contains(&c.name.as_str()) && shape::is_moment(&c.data_type))
        else {
            continue;
        };
        let before: Vec<&Trigger> = state.triggers.iter().filter(on_update).collect();
        if let Some(trigger) = before.iter().find(|trigger| keeps(trigger, &column.name)) {
            *known.entry(&relation.schema).or_default().entry(&trigger.function_name).or_default() += 1;
        } else if !before.iter().any(|trigger| trigger.opaque)
            && column.generated == Generated::No
            && database.in_scope(relation.oid)
        {
            open.push((table, column));
        }
    }
    for (table, column) in open {
        let relation = &table.relation;
        let functions = known.get(relation.schema.as_str());
        if functions.is_none() && !cx.boolean("everywhere", relation) {
            continue;
        }
        let usual = functions.and_then(|functions| functions.iter().max_by_key(|(_, tables)| **tables));
        let shown = sql::ident(&column.name);
        let finding = out.column(relation, &column.name, format!("no trigger keeps {shown} of {}", relation.display()));
        let Some((function, tables)) = usual else {
            finding.detail("Only its default sets it, at the INSERT.").advice(format!(
                "Create a trigger BEFORE UPDATE ... FOR EACH ROW whose function says NEW.{shown} := now()."
            ));
            continue;
        };
        let others =
            if *tables == 1 { "another table".to_owned() } else { format!("{} other tables", count(*tables as u64)) };
        let off = table
            .state
            .iter()
            .flat_map(|state| &state.triggers)
            .find(|t| t.function_name == **function && t.enabled == 'D');
        finding.detail(format!("In {others} of the schema {function}() keeps it.")).evidence("function", *function);
        match off {
            Some(trigger) => finding.advice("The trigger is there and disabled:").remedy(format!(
                "ALTER TABLE {} ENABLE TRIGGER {};",
                relation.sql(),
                sql::ident(&trigger.name)
            )),
            None => finding.advice("Create the same trigger here:").remedy(format!(
                "CREATE TRIGGER {} BEFORE UPDATE ON {}\n    FOR EACH ROW EXECUTE FUNCTION {function}();",
                sql::ident(&sql::derived_name(&format!("set_{}", column.name), "")),
                relation.sql()
            )),
        };
    }
}
