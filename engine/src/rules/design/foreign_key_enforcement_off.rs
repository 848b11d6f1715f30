//! A constraint whose triggers are disabled is not enforced, and the catalog still calls it valid.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "foreign-key-enforcement-off",
    category: Design,
    severity: Error,
    title: "the triggers that enforce a constraint are disabled",
    why: "PostgreSQL enforces foreign keys (and deferrable unique keys) by internal triggers. ALTER TABLE ... \
          DISABLE TRIGGER ALL, which bulk loads and dump tools use, switches them off, and nothing switches \
          them on again by itself. The constraint goes on being listed as valid, the planner trusts it, and \
          rows without a parent come in unseen. Disabled on the referenced table, a DELETE leaves its children \
          behind.",
    remedy: "Switch the triggers on again. They check only what is written from then on: look for the rows that \
          came in meanwhile, or drop the constraint and add it again NOT VALID and validate it, which looks at \
          every row.",
    parameters: &[],
    sources: &[Manual("sql-altertable", "DISABLE/ENABLE TRIGGER"), Manual("ddl-constraints", "Foreign Keys")],
    examples: &[
        bad("ALTER TABLE orders DISABLE TRIGGER ALL;").given(
            "CREATE TABLE customers (id bigint PRIMARY KEY);\n\
             CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE REFERENCES customers);",
        ),
        bad("ALTER TABLE customers DISABLE TRIGGER ALL;")
            .given(
                "CREATE TABLE customers (id bigint PRIMARY KEY);\n\
             CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE REFERENCES customers);",
            )
            .title("on the referenced table"),
        good(
            "ALTER TABLE orders DISABLE TRIGGER ALL;\n\
             ALTER TABLE orders ENABLE TRIGGER ALL;",
        )
        .given(
            "CREATE TABLE customers (id bigint PRIMARY KEY);\n\
             CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE REFERENCES customers);",
        )
        .title("switched on again"),
        good("ALTER TABLE orders DISABLE TRIGGER USER;")
            .given(
                "CREATE TABLE customers (id bigint PRIMARY KEY);\n\
             CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE REFERENCES customers);",
            )
            .title("the triggers of users only"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn off(state: &TableState) -> impl Iterator<Item = &Trigger> {
    // `R` fires only while session_replication_role is replica: for everybody else it is off.
    state
        .triggers
        .iter()
        .filter(|trigger| trigger.internal && trigger.constraint != 0 && matches!(trigger.enabled, 'D' | 'R'))
}

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if off(state).next().is_none() {
        return;
    }
    // Where the whole tree is switched off, its root says so.
    let root = cx.database.map(|database| database.root(table)).filter(|root| root.relation.oid != relation.oid);
    if root.and_then(|root| root.state.as_deref()).is_some_and(|state| off(state).next().is_some()) {
        return;
    }
    let mut names: Vec<String> = Vec::new();
    for trigger in off(state) {
        let own = table.constraints.iter().find(|constraint| constraint.oid == trigger.constraint);
        let other = table.referenced_by.iter().find(|constraint| constraint.oid == trigger.constraint);
        let name = match (own, other) {
            (Some(own), _) => sql::ident(&own.name),
            (None, Some(other)) => {
                let from = cx.database.and_then(|database| database.table(other.table));
                let from = from.map(|table| format!(" of {}", table.relation.display())).unwrap_or_default();
                format!("{}{from}", sql::ident(&other.name))
            }
            (None, None) => continue,
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.sort_unstable();
    if names.is_empty() {
        return;
    }
    let finding = out.relation(
        relation,
        format!(
            "internal triggers of {} are disabled: {} not enforced there",
            relation.display(),
            if names.len() == 1 { "a constraint is" } else { "constraints are" }
        ),
    );
    finding
        .detail(format!(
            "Not enforced for writes to {}: {}. The catalog still calls what is validated valid.",
            relation.display(),
            list(&names, 10)
        ))
        .evidence("constraints", names.clone());
    let advice =
        "Switch the triggers on, then look for rows that came in meanwhile: what is written before is not checked.";
    let table_name = relation.sql();
    if state.own_triggers().any(|trigger| trigger.enabled != 'O') {
        let each: Vec<String> = off(state)
            .map(|trigger| format!("ALTER TABLE {table_name} ENABLE TRIGGER {};", sql::ident(&trigger.name)))
            .collect();
        finding.advice(advice).remedy(each.join("\n"));
    } else {
        finding.advice(advice).remedy(format!("ALTER TABLE {table_name} ENABLE TRIGGER ALL;"));
    }
}
