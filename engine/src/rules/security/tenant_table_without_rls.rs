//! A table of tenants' rows that was left out when the others got row level security.

use crate::rule::prelude::*;
use std::collections::HashMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "tenant-table-without-rls",
    category: Security,
    severity: Warning,
    title: "other tables with the tenant's column have row level security, and this one has not",
    why: "Where tenants are kept apart by policies, one table without them shows every tenant's rows to each. The usual way to \
          get there is a new table whose migration forgot ENABLE ROW LEVEL SECURITY.",
    remedy: "Enable row level security and create the policy that the other tables have.",
    parameters: &[Parameter {
        name: "columns",
        default: List(&["tenant_id", "org_id", "organization_id", "organisation_id", "account_id", "workspace_id", "company_id"]),
        what: "names of columns that say whose row it is",
    }],
    sources: &[Guide("S-446"), Manual("ddl-rowsecurity", "Row Security Policies")],
    examples: &[
        bad("CREATE TABLE bills (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL);\n\
             GRANT SELECT ON bills TO pg_monitor;")
        .given(TENANT)
        .advice(),
        good("CREATE TABLE bills (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL);\n\
              GRANT SELECT ON bills TO pg_monitor;\n\
              ALTER TABLE bills ENABLE ROW LEVEL SECURITY;\nCREATE POLICY own_bills ON bills USING (tenant_id = 1);")
        .given(TENANT),
        good("CREATE TABLE bills (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL);")
            .given(TENANT)
            .title("nobody but the owner reaches it"),
        good("CREATE TABLE bills (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL);\n\
              GRANT SELECT ON bills TO pg_monitor;")
        .title("no table has row level security: tenants are kept apart elsewhere"),
        good("CREATE TABLE rates (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);\nGRANT SELECT ON rates TO pg_monitor;")
            .given(TENANT)
            .title("no tenant's column"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

const TENANT: &str = "\
CREATE TABLE letters (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant_id bigint NOT NULL);
ALTER TABLE letters ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_letters ON letters USING (tenant_id = 1);";

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let names = cx.words("columns", &Relation::default());
    let of = |table: &Table| -> Option<String> {
        names
            .iter()
            .find(|name| table.columns.iter().any(|column| column.name == **name))
            .map(|name| (*name).to_owned())
    };
    let mut guarded: HashMap<String, String> = HashMap::new();
    let judged =
        |table: &&Table| !*table.relation.exempt && table.relation.kind.is_table() && !table.relation.is_partition;
    for table in database.tables.iter().filter(judged) {
        if table.state.as_ref().is_some_and(|state| state.row_security && !state.policies.is_empty())
            && let Some(column) = of(table)
        {
            guarded.entry(column).or_insert_with(|| table.relation.display());
        }
    }
    for table in database.tables.iter().filter(judged).filter(|table| database.in_scope(table.relation.oid)) {
        let (relation, Some(state)) = (&table.relation, &table.state) else { continue };
        if state.row_security {
            continue;
        }
        let Some((column, like)) = of(table).and_then(|column| guarded.get_key_value(&column)) else { continue };
        let others = super::others(table, state, &database.access);
        if others.is_empty() {
            continue;
        }
        out.column(relation, column, format!("{} has a {column} and no row level security", relation.display()))
            .detail(format!(
                "{like} and others keep tenants apart by policies; {} may use this table.",
                list(&others, 5)
            ))
            .advice("Create the policy that the others have, then enable row level security.")
            .evidence("like", like.as_str());
    }
}
