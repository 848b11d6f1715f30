//! CREATE RULE: a macro over statements that surprises everybody once.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "rewrite-rule",
    category: CodeRules,
    severity: Warning,
    title: "a table or view has a rule made with CREATE RULE",
    why: "A rule is a macro that rewrites the statement: nextval() and random() in it are evaluated twice, INSERT ... SELECT and WITH do not behave as \
          written, RETURNING and row counts are lost, and COPY does not see it at all. DO INSTEAD NOTHING makes writes vanish without an error.",
    remedy: "Use a trigger: BEFORE or AFTER on a table, INSTEAD OF on a view, or partitioning where rules sent rows to other tables.",
    parameters: &[],
    sources: &[Manual("rules-triggers", "Rules Versus Triggers"), Manual("sql-createrule", "Notes")],
    examples: &[
        bad("CREATE RULE keep_orders AS ON DELETE TO orders DO INSTEAD NOTHING;")
            .given(EMPTY_ORDERS)
            .title("writes vanish")
            .advice(),
        bad("CREATE RULE count_orders AS ON INSERT TO orders DO ALSO NOTIFY orders;").given(EMPTY_ORDERS).advice(),
        good("CREATE VIEW recent_orders AS SELECT id FROM orders;")
            .given(EMPTY_ORDERS)
            .title("the rule that makes a view"),
    ],
    check: Check::Database(check),
    also: &[Check::On(Kinds::OTHER, check_new)],
    enabled: true,
};

fn check_new(statement: &Statement, cx: &Context, out: &mut Findings) {
    let (Ddl::CreateRule { name, event, nothing, .. }, Some(table)) = (&statement.ddl, &statement.target) else {
        return;
    };
    // The rule that makes a view is the view.
    if *event != "SELECT" && cx.judged(&table.relation) {
        tell(&table.relation, name, event, *nothing, out);
    }
}

fn check(database: &Database, _: &Context, out: &mut Findings) {
    if database.rewrite_rules.is_empty() {
        return;
    }
    let named: std::collections::HashMap<Oid, &Relation> = database
        .tables
        .iter()
        .map(|table| &table.relation)
        .chain(database.named.iter().map(|named| &named.relation))
        .map(|relation| (relation.oid, relation))
        .collect();
    for rule in database.rewrite_rules.iter().filter(|rule| rule.enabled != 'D') {
        let Some(relation) = named.get(&rule.relation).filter(|relation| !*relation.exempt) else { continue };
        let event = match rule.event {
            '2' => "UPDATE",
            '3' => "INSERT",
            '4' => "DELETE",
            _ => "SELECT",
        };
        tell(relation, &rule.name, event, rule.nothing, out);
    }
}

fn tell(relation: &Relation, name: &str, event: &str, nothing: bool, out: &mut Findings) {
    let shown = sql::ident(name);
    out.relation(relation, format!("rule {shown} rewrites {event} on {}", relation.display()))
        .detail(if nothing {
            format!("It is DO INSTEAD NOTHING: {event} on {} does nothing, and says that it succeeded.", relation.display())
        } else {
            "What the statement does is no longer what it says; functions in it may be called twice.".to_owned()
        })
        .advice(format!(
            "Replace it by a trigger, or by REVOKE {event} where the write is to be refused; then DROP RULE {shown} ON {}.",
            relation.sql()
        ))
        .discriminator(name);
}
