//! No index serves the condition of a policy.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "policy-without-index",
    category: Security,
    severity: Warning,
    title: "no index serves the column that a policy compares",
    why: "The condition of a policy is a part of every query. Where no index begins with its column, each query reads all \
          tenants' rows to find those of one, however few they are.",
    remedy: "Create an index that begins with the column, or put the column first in the indexes that queries use.",
    parameters: &[],
    sources: &[Guide("S-450"), Manual("ddl-rowsecurity", "Row Security Policies"), Manual("indexes-multicolumn", "Multicolumn Indexes")],
    examples: &[
        bad("CREATE POLICY own_orders ON orders\n    USING (customer_id = (SELECT current_setting('app.customer')::bigint));")
            .given(ORDERS_WITH_RLS),
        bad("CREATE POLICY own_orders ON orders USING (code = CURRENT_USER);")
            .title("through a cast of the column's type to text")
            .given(ORDERS_WITH_RLS),
        good("CREATE POLICY own_orders ON orders USING (customer_id = (SELECT current_setting('app.customer')::bigint));\n\
              CREATE INDEX idx_orders_customer_id ON orders (customer_id, placed_at);")
        .given(ORDERS_WITH_RLS)
        .title("the column leads an index"),
        good("CREATE POLICY own_orders ON orders USING (customer_id = 1 OR amount = 0);")
            .given(ORDERS_WITH_RLS)
            .title("alternatives: one index is no help"),
        good("CREATE POLICY own_orders ON orders USING (id = 7 AND customer_id = 1);")
            .given(ORDERS_WITH_RLS)
            .title("another part of the condition is served"),
        good("CREATE POLICY own_orders ON orders USING (customer_id = (SELECT current_setting('app.customer')::bigint));")
            .given(EMPTY_ORDERS_WITH_RLS)
            .title("a small table"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !state.row_security || relation.is_partition || cx.small(relation) {
        return;
    }
    let served = |column: &Column| {
        table.indexes.iter().any(|index| {
            index.valid
                && index.predicate.is_none()
                && if index.method == "btree" || index.method == "hash" {
                    index.keys.first().is_some_and(|key| key.column == Some(column.number))
                } else {
                    index.keys.iter().any(|key| key.column == Some(column.number))
                }
        })
    };
    let mut told: Vec<i16> = Vec::new();
    for policy in &state.policies {
        if policy.hidden {
            super::hidden(relation, policy, out);
            continue;
        }
        let Some(using) = &policy.using else { continue };
        if using.contains(" OR ") {
            continue;
        }
        let compared: Vec<&Column> = table.columns.iter().filter(|column| compares(using, &column.name)).collect();
        if compared.is_empty() || compared.iter().any(|column| served(column)) {
            continue;
        }
        let column = compared[0];
        if told.contains(&column.number) {
            continue;
        }
        told.push(column.number);
        let concurrently = if relation.kind == RelationKind::PartitionedTable { "" } else { "CONCURRENTLY " };
        let finding = out.column(
            relation,
            &column.name,
            format!(
                "no index serves policy {} of {}: it compares {}",
                sql::ident(&policy.name),
                relation.display(),
                sql::ident(&column.name)
            ),
        );
        finding
            .detail(format!("Every query of {} reads the rows that the policy hides, too.", cx.sized(relation)))
            .evidence("policy", policy.name.as_str());
        if concurrently.is_empty() {
            finding.advice(
                "Create an index that begins with the column on each partition CONCURRENTLY, then one on the table.",
            );
        } else {
            let name = sql::ident(&sql::derived_name(&format!("idx_{}_{}", relation.name, column.name), ""));
            finding.advice("Create an index that begins with it:").remedy(format!(
                "CREATE INDEX CONCURRENTLY {name} ON {} ({});",
                relation.sql(),
                sql::ident(&column.name)
            ));
        }
    }
}

/// Whether the expression, as PostgreSQL prints it, compares the column with `=` to something that is no column before it.
fn compares(expression: &str, column: &str) -> bool {
    let name = sql::ident(column);
    let mut rest = expression;
    while let Some(at) = rest.find(&name) {
        let before = rest[..at].chars().next_back();
        let after = &rest[at + name.len()..];
        let whole = before.is_none_or(|c| !(c.is_alphanumeric() || c == '_' || c == '"' || c == '.' || c == '\''));
        let after_cast = after
            .strip_prefix(")::")
            .map_or(after, |cast| cast.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '"'));
        if whole && after_cast.starts_with(" = ") {
            return true;
        }
        rest = after;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::compares;

    #[test]
    fn a_comparison_is_seen_as_it_is_printed() {
        assert!(compares("(customer_id = 1)", "customer_id"));
        assert!(compares("((code)::name = CURRENT_USER)", "code"));
        assert!(!compares("(other_customer_id = 1)", "customer_id"));
        assert!(!compares("(customer_id > 1)", "customer_id"));
        assert!(compares("(\"Tenant\" = 1)", "Tenant"));
        assert!(!compares("lower(code) = 'a'::text", "code"));
    }
}
