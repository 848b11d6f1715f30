//! A policy compares a column with a setting, which is text: refused, or by making text of the column.

use crate::rule::prelude::*;
use crate::shape::is_text;

/// The rule.
pub static RULE: Rule = Rule {
    name: "rls-policy-type",
    category: Security,
    severity: Warning,
    title: "a policy compares a column with a setting of another type",
    why: "current_setting() returns text. PostgreSQL refuses to compare a uuid or a number with it (in a text that is judged, that is an \
          error), and a cast of the column makes the error go away: tenant_id::text = current_setting('app.tenant_id'). But then no index on tenant_id can serve the policy, \
          whose condition is a part of every query, and each spelling that is not the server's own ('42 ', upper case in a uuid) \
          hides all rows without an error.",
    remedy: "Cast the setting, not the column: tenant_id = (SELECT current_setting('app.tenant_id')::uuid). The sub-select lets it \
             be computed once for each query.",
    parameters: &[],
    sources: &[Guide("S-449"), Guide("F-07"), Manual("functions-admin", "Configuration Settings Functions")],
    examples: &[
        bad("CREATE POLICY tenant_isolation ON orders USING (customer_id::text = (SELECT current_setting('app.tenant_id')));")
            .given(ISOLATED)
            .check()
            .advice(),
        bad("CREATE POLICY tenant_isolation ON orders FOR INSERT WITH CHECK (customer_id::text = current_setting('app.tenant_id', true));")
            .title("WITH CHECK")
            .given(ISOLATED)
            .check()
            .advice(),
        bad("CREATE POLICY tenant_isolation ON orders USING ((SELECT current_setting('app.tenant_id')) = customer_id::text);")
            .title("the other way round")
            .given(ISOLATED)
            .check()
            .advice(),
        bad("CREATE POLICY tenant_isolation ON orders USING (customer_id = current_setting('app.tenant_id'));")
            .title("PostgreSQL will refuse it")
            .given(ISOLATED)
            .lint()
            .advice(),
        good("CREATE POLICY tenant_isolation ON orders USING (note = current_setting('app.note') AND id = current_setting('app.id')::bigint);")
            .title("of one type")
            .given(ISOLATED)
            .lint(),
        good("CREATE POLICY tenant_isolation ON orders USING (customer_id = (SELECT current_setting('app.tenant_id')::bigint));")
            .title("the setting is cast")
            .given(ISOLATED)
            .check(),
        good("CREATE POLICY tenant_isolation ON orders USING (code = (SELECT current_setting('app.code')));")
            .title("a varchar is text to its index, whatever the server prints")
            .given(ISOLATED)
            .check(),
        good("CREATE POLICY tenant_isolation ON orders USING (customer_id::text = note);")
            .title("no setting")
            .given(ISOLATED)
            .check(),
    ],
    check: Check::State(check),
    also: &[Check::Text(refused)],
    enabled: true,
};

const ISOLATED: &str = with!(EMPTY_ORDERS, "ALTER TABLE orders ENABLE ROW LEVEL SECURITY;");

/// What the server will refuse.
fn refused(statement: &Statement, cx: &Context, out: &mut Findings) {
    let (Ddl::Policy { name, .. }, Some(table)) = (&statement.ddl, &statement.target) else { return };
    for refusal in statement.impact.refusals.iter().filter(|refusal| refusal.kind == RefusalKind::Comparison) {
        if !cx.judged(&table.relation) {
            continue;
        }
        let message = format!("{} {} will fail: {}", statement.tag, sql::ident(name), refusal.why);
        out.relation(&table.relation, message)
            .severity(Error)
            .detail("current_setting() returns text.")
            .advice(refusal.remedy.as_str())
            .discriminator(name.as_str());
    }
}

fn check(table: &Table, state: &TableState, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for policy in &state.policies {
        if policy.hidden {
            super::hidden(relation, policy, out);
            continue;
        }
        let parts = [("USING", &policy.using), ("WITH CHECK", &policy.with_check)];
        let found = parts.iter().find_map(|(clause, sql)| {
            let sql = sql.as_deref()?;
            let column = table.columns.iter().find(|c| !is_text(&c.data_type) && compares(sql, relation, &c.name))?;
            Some((*clause, column))
        });
        let Some((clause, column)) = found else { continue };
        let (name, shown) = (sql::ident(&policy.name), sql::ident(&column.name));
        out.column(
            relation,
            &column.name,
            format!("policy {name} of {} makes text of {shown} to compare it with a setting", relation.display()),
        )
        .detail(format!(
            "{shown} is {}; in {clause} an index on it does not serve {shown}::text.",
            column.data_type.name
        ))
        .advice(format!(
            "Cast the setting instead, with ALTER POLICY: {shown} = (SELECT current_setting(...)::{}).",
            column.data_type.name
        ))
        .evidence("policy", policy.name.as_str())
        .evidence("type", column.data_type.name.as_str())
        .discriminator(policy.name.as_str());
    }
}

/// Whether the condition, as PostgreSQL prints it, compares `column::text` with `current_setting()`.
fn compares(condition: &str, relation: &Relation, column: &str) -> bool {
    let column = sql::ident(column);
    let casts = [format!("({column})::text"), format!("({}.{column})::text", sql::ident(&relation.name))];
    const SETTINGS: [&str; 2] = ["current_setting(", "( SELECT current_setting("];
    casts.iter().any(|cast| {
        condition.match_indices(cast.as_str()).any(|(at, _)| {
            let after = &condition[at + cast.len()..];
            let before = condition[..at].strip_suffix(" = ");
            SETTINGS.iter().any(|setting| after.strip_prefix(" = ").is_some_and(|rest| rest.starts_with(setting)))
                || before.is_some_and(ends_in_setting)
        })
    })
}

/// `... current_setting('app.tenant'::text)`, or the sub-select of it.
fn ends_in_setting(before: &str) -> bool {
    let inner = before.strip_suffix(" AS current_setting)").unwrap_or(before);
    let Some(open) = inner.rfind("current_setting(").filter(|_| inner.ends_with(')')) else { return false };
    // One call alone: its arguments hold no other closing parenthesis.
    !inner[open..inner.len() - 1].contains(')')
}
