//! The same foreign key twice checks every write twice.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "foreign-key-duplicate",
    category: Design,
    severity: Warning,
    title: "a table has the same foreign key twice",
    why: "Two foreign keys over the same columns to the same key do the same work twice: each INSERT and \
          UPDATE looks the parent up and locks it twice, each DELETE of a parent searches twice. Where their \
          actions differ, both run, and what happens depends on the order of their names. It comes from \
          migrations that add a named constraint to a column that REFERENCES had given one already.",
    remedy: "Drop one of them. Keep the one that is validated and whose actions are meant.",
    parameters: &[],
    sources: &[Manual("ddl-constraints", "Foreign Keys"), Guide("S-056")],
    examples: &[
        bad("ALTER TABLE invoices ADD CONSTRAINT fk_invoices_customer FOREIGN KEY (customer_id) REFERENCES customers;")
        .given("CREATE TABLE customers (id bigint PRIMARY KEY);\n\
             CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE REFERENCES customers);"),
        bad("CREATE TABLE invoices (\n    \
             id bigint PRIMARY KEY,\n    \
             customer_id bigint NOT NULL UNIQUE REFERENCES customers ON DELETE CASCADE,\n    \
             FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE RESTRICT\n\
             );")
        .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);")
        .title("with different actions")
        .advice(),
        bad("CREATE TABLE invoices (\n    \
             id bigint PRIMARY KEY,\n    \
             customer_id bigint NOT NULL UNIQUE REFERENCES customers NOT ENFORCED,\n    \
             CONSTRAINT invoices_enforced_fkey FOREIGN KEY (customer_id) REFERENCES customers\n\
             );")
        .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);\n\
             SELECT architect.suppress('constraint-not-enforced', 'shop.invoices.invoices_customer_id_fkey', 'known');")
        .title("one of them is not enforced")
        .since(18),
        good("CREATE TABLE transfers (\n    \
             id bigint PRIMARY KEY,\n    \
             sender_id bigint NOT NULL UNIQUE REFERENCES customers,\n    \
             receiver_id bigint NOT NULL UNIQUE REFERENCES customers\n\
             );")
        .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);")
        .title("two references to one table"),
        good("CREATE TABLE shipments (\n    \
             tenant_id bigint NOT NULL REFERENCES tenants,\n    \
             id bigint NOT NULL,\n    \
             depot_id bigint,\n    \
             PRIMARY KEY (tenant_id, id),\n    \
             UNIQUE (tenant_id, depot_id),\n    \
             FOREIGN KEY (tenant_id, depot_id) REFERENCES depots (tenant_id, id)\n\
             );")
        .given("CREATE TABLE tenants (id bigint PRIMARY KEY);\n\
             CREATE TABLE depots (tenant_id bigint, id bigint, PRIMARY KEY (tenant_id, id));")
        .title("a shared column"),
        good("CREATE TABLE visits (id bigint, customer_id bigint NOT NULL REFERENCES customers, started_at timestamptz NOT NULL, PRIMARY KEY (customer_id, started_at))\n\
             PARTITION BY RANGE (started_at);\n\
             CREATE TABLE visits_2026 PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
        .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);")
        .title("the copies that partitions have")
        .check(),
    ],
    check: Check::Of(Aspects::CONSTRAINTS, check),
    also: &[],
    enabled: true,
};

/// The referenced table, and pairs of a column and the column that it refers to.
type Binding<'a> = (&'a str, &'a str, Vec<(i16, &'a str)>);

/// What the key binds, whatever the order in which its columns are written.
fn binding(key: &Constraint) -> Option<Binding<'_>> {
    let reference = key.references.as_ref()?;
    let mut pairs: Vec<(i16, &str)> =
        key.columns.iter().copied().zip(reference.columns.iter().map(String::as_str)).collect();
    pairs.sort_unstable();
    (!pairs.is_empty()).then_some((reference.schema.as_str(), reference.table.as_str(), pairs))
}

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !relation.kind.is_table() || relation.is_part() || table.no_constraint_touched {
        return;
    }
    let keys: Vec<&Constraint> = table.foreign_keys().filter(|key| !key.inherited).collect();
    for (n, later) in keys.iter().enumerate() {
        let Some(earlier) = keys[..n].iter().find(|key| binding(key).is_some_and(|b| binding(later) == Some(b))) else {
            continue;
        };
        if !(later.touched || earlier.touched) {
            continue;
        }
        // The one that goes: what is not enforced, else not validated, else the one that this transaction made, else the later one.
        let worth = |key: &Constraint| (key.enforced, key.validated, !key.touched);
        let (kept, extra) = if worth(later) > worth(earlier) { (*later, *earlier) } else { (*earlier, *later) };
        let actions = |key: &Constraint| key.references.as_ref().map(|r| (r.on_delete, r.on_update));
        let alike = actions(kept) == actions(extra)
            && (kept.deferrable, kept.deferred, kept.match_full, &kept.delete_columns)
                == (extra.deferrable, extra.deferred, extra.match_full, &extra.delete_columns);
        let columns = table.column_names(&extra.columns);
        let finding = out.constraint(
            relation,
            &extra.name,
            format!(
                "foreign key {} of {} repeats {} on ({})",
                sql::ident(&extra.name),
                relation.display(),
                sql::ident(&kept.name),
                sql::ident_list(&columns)
            ),
        );
        finding.evidence("kept", kept.name.as_str()).evidence("columns", columns.clone());
        if !extra.enforced {
            let both = if kept.enforced {
                format!("{} checks the same", sql::ident(&kept.name))
            } else {
                "Neither is".to_owned()
            };
            finding
                .detail(format!(
                    "{} is NOT ENFORCED: it checks nothing and acts on nothing. {both}.",
                    sql::ident(&extra.name)
                ))
                .advice("Drop it:")
                .remedy(format!("ALTER TABLE {} DROP CONSTRAINT {};", relation.sql(), sql::ident(&extra.name)));
        } else if alike {
            finding
                .detail("Each write to the table, and each DELETE of a parent, is checked twice.")
                .advice("Drop one of them:")
                .remedy(format!("ALTER TABLE {} DROP CONSTRAINT {};", relation.sql(), sql::ident(&extra.name)));
        } else {
            finding
                .detail(
                    "They differ in their actions or in when they are checked: both hold, and the stricter one wins.",
                )
                .advice("Decide which one is meant and drop the other.");
        }
    }
}
