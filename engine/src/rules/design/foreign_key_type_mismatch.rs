//! A foreign key between two types works until the ranges part, and costs a conversion at every comparison.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "foreign-key-type-mismatch",
    category: Design,
    severity: Warning,
    title: "a foreign key refers to a column of another type",
    why: "PostgreSQL accepts a foreign key between types that it can compare: integer to bigint, text to \
          citext, integer to numeric. A narrower column fails on the day that the referenced key outgrows it: \
          inserts end with 'integer out of range', and the cure is a rewrite of the whole table. Other pairs \
          compare through a conversion, which can keep an index from being used, and every join has to cast.",
    remedy: "Give the referencing column the type of the referenced key. While the table is empty that is one \
          ALTER TABLE; later, add a column of the right type, fill it in batches, and move the key over. The \
          length of a varchar makes no difference.",
    parameters: &[],
    sources: &[Guide("S-055"), Manual("ddl-constraints", "Foreign Keys")],
    examples: &[
        bad("CREATE TABLE invoices (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             customer_id integer NOT NULL UNIQUE REFERENCES customers\n\
             );")
        .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);"),
        bad("CREATE TABLE invoices (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             customer_id bigint NOT NULL UNIQUE REFERENCES customers\n\
             );")
        .given("CREATE TABLE customers (id numeric PRIMARY KEY);\n\
             SELECT architect.suppress('foreign-key-without-index', 'shop.invoices.invoices_customer_id_fkey', 'no index of bigint could serve it');")
        .title("compared through a conversion"),
        bad("ALTER TABLE invoices ADD CONSTRAINT invoices_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;")
        .given("CREATE TABLE customers (id bigint PRIMARY KEY);\n\
             CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id integer NOT NULL UNIQUE);\n\
             INSERT INTO invoices SELECT g, g FROM generate_series(1, 3000) AS g;\n\
             ANALYZE invoices;")
        .title("a live table")
        .advice(),
        bad("CREATE SEQUENCE customer_numbers;\n\
             CREATE TABLE customers (id bigint PRIMARY KEY DEFAULT nextval('customer_numbers'));\n\
             CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id integer NOT NULL UNIQUE REFERENCES customers);\n\
             SELECT setval('customer_numbers', 2000000000);")
        .check()
        .title("the referenced key has nearly outgrown it"),
        good("CREATE TABLE invoices (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             customer_id bigint NOT NULL UNIQUE REFERENCES customers\n\
             );")
        .given("CREATE TABLE customers (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);")
        .title("wider than the key, for the time when that is widened (a full check asks whether it stayed so)"),
        good("CREATE TABLE invoices (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             customer_id bigint NOT NULL UNIQUE REFERENCES customers\n\
             );")
        .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);"),
        good("CREATE TABLE prices (\n    \
             country_code varchar(2) NOT NULL REFERENCES countries,\n    \
             currency_code currency NOT NULL REFERENCES currencies,\n    \
             PRIMARY KEY (country_code, currency_code)\n\
             );\n\
             CREATE INDEX idx_prices_currency_code ON prices (currency_code);")
        .given("CREATE DOMAIN currency AS text;\n\
             CREATE TABLE countries (code text PRIMARY KEY);\n\
             CREATE TABLE currencies (code text PRIMARY KEY);")
        .title("varchar and text, and a domain over the same type"),
        good("CREATE TABLE shipments (\n    \
             id bigint PRIMARY KEY,\n    \
             depot_id bigint NOT NULL,\n    \
             tenant text NOT NULL,\n    \
             UNIQUE (depot_id, tenant),\n    \
             FOREIGN KEY (depot_id, tenant) REFERENCES depots (id, tenant)\n\
             );")
        .given("CREATE TABLE depots (tenant text, id bigint, PRIMARY KEY (tenant, id));")
        .title("columns are paired by the constraint, not by their place in the table"),
        good("ALTER TABLE invoices ADD COLUMN note text;")
        .given("CREATE TABLE customers (id bigint PRIMARY KEY);\n\
             CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id integer NOT NULL UNIQUE REFERENCES customers);")
        .title("another change of a table that has one"),
    ],
    check: Check::Of(Aspects::CONSTRAINTS, check),
    also: &[],
    enabled: true,
};

/// Bytes of a whole number.
fn width(data_type: &TypeName) -> Option<u8> {
    match data_type.base.as_str() {
        "smallint" => Some(2),
        "integer" => Some(4),
        "bigint" => Some(8),
        _ => None,
    }
}

/// Whether a whole number refers to a wider one; none where one of the two is no whole number.
fn narrower(near: &TypeName, far: &TypeName) -> Option<bool> {
    Some(width(near)? < width(far)?)
}

/// Types that are compared as they are: `varchar` is `text` with a length.
fn same(one: &TypeName, other: &TypeName) -> bool {
    let base = |data_type: &TypeName| match data_type.base.as_str() {
        "character varying" => "text".to_owned(),
        base => base.to_owned(),
    };
    let one_type = one.base_oid != 0 && one.base_oid == other.base_oid;
    one.is_array == other.is_array && (one_type || base(one) == base(other))
}

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !relation.kind.is_table() || relation.is_part() {
        return;
    }
    // A change of a column's type makes its foreign keys anew; a new name of the column changes nothing.
    for key in table.touched_foreign_keys().filter(|key| !key.inherited) {
        let Some(reference) = &key.references else { continue };
        for (n, (number, far)) in key.columns.iter().zip(&reference.types).enumerate() {
            let Some(column) = table.column_by_number(*number) else { continue };
            let near = &column.data_type;
            if near.base.is_empty() || far.base.is_empty() || same(near, far) {
                continue;
            }
            // Whoever widens a key begins with the referencing side: only a full check asks whether it stayed so.
            if cx.database.is_none() && narrower(near, far) == Some(false) {
                continue;
            }
            let far_name = reference.columns.get(n).map_or("", String::as_str);
            judge(table, key, column, (far_name, far), cx, out);
        }
    }
}

fn judge(table: &Table, key: &Constraint, column: &Column, far: (&str, &TypeName), cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let Some(reference) = &key.references else { return };
    let (far_name, far_type) = far;
    let near = &column.data_type;
    let shown = sql::ident(&column.name);
    let target = format!("{}.{}", sql::qualified(&reference.schema, &reference.table), sql::ident(far_name));
    let finding = out.column(
        relation,
        &column.name,
        format!(
            "column {shown} of {} is {} and refers to {target}, which is {}",
            relation.display(),
            near.name,
            far_type.name
        ),
    );
    finding
        .evidence("type", near.name.as_str())
        .evidence("referenced_type", far_type.name.as_str())
        .evidence("constraint", key.name.as_str())
        .discriminator(key.name.as_str());
    let narrower = narrower(near, far_type);
    match narrower {
        Some(true) => {
            let limit: i64 = if width(near) == Some(2) { i64::from(i16::MAX) } else { i64::from(i32::MAX) };
            let used = cx.database.and_then(|database| {
                let number = database.table(reference.oid)?.column(far_name)?.number;
                database.sequence_of(reference.oid, number)?.last_value
            });
            let so_far = match used {
                Some(used) if used > 0 => {
                    finding.evidence("last_value", used).evidence("limit", limit);
                    if used >= limit / 2 {
                        finding.severity(Error);
                    }
                    format!(" The referenced key has reached {}.", count(u64::try_from(used).unwrap_or(0)))
                }
                _ => String::new(),
            };
            finding.detail(format!(
                "A row of {} with a key above {} cannot be referred to: the INSERT fails.{so_far}",
                sql::qualified(&reference.schema, &reference.table),
                count(u64::try_from(limit).unwrap_or(0))
            ));
        }
        Some(false) => {
            finding.severity(Info).detail(
                "Values that the referenced key can never have fit into the column; the two compare without a conversion.",
            );
        }
        None => {
            finding
                .detail("Comparing them takes a conversion or an operator between types; an index on one may not serve the other.");
        }
    }
    let fixed = !relation.size.is_empty() && !relation.created_here
        || table.partition_key.contains(&column.number)
        || near.is_domain
        || narrower == Some(false);
    if narrower == Some(false) {
        finding.advice("Widen the referenced key, or give this column its type.");
    } else if fixed {
        finding.advice(format!(
            "Changing the type rewrites the table under ACCESS EXCLUSIVE. Add a column of type {}, keep both equal by a trigger, copy in \
             batches, add the foreign key to it NOT VALID, validate, and swap.",
            far_type.name
        ));
    } else {
        finding.advice("Give the column the type of the referenced key while the table is empty:").remedy(format!(
            "ALTER TABLE {} ALTER COLUMN {shown} TYPE {};",
            relation.sql(),
            far_type.name
        ));
    }
}
