//! A unique index whose uniqueness follows from a narrower one.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "redundant-unique-index",
    category: Indexes,
    severity: Info,
    title: "a unique index follows from a narrower one",
    why: "Where id is unique, (id, code) cannot repeat either: the wider unique index checks every INSERT for what cannot happen. \
          It says something only as the target of a foreign key over both columns, or as a longer index for queries; for those it \
          need not be unique.",
    remedy: "Drop the wider one, if no query is faster by it: ALTER TABLE ... DROP CONSTRAINT for a constraint, else DROP INDEX \
             CONCURRENTLY. Where the columns are there for queries, put them into INCLUDE.",
    parameters: &[],
    sources: &[Guide("S-232"), Manual("indexes-unique", "Unique Indexes")],
    examples: &[
        bad("CREATE UNIQUE INDEX idx_orders_code_id ON orders (code, id);").given(EMPTY_ORDERS).advice(),
        bad("ALTER TABLE customers ADD CONSTRAINT customers_id_name_key UNIQUE (id, name);")
            .title("a constraint")
            .given(EMPTY_ORDERS)
            .advice(),
        good(
            "ALTER TABLE customers ADD CONSTRAINT customers_id_name_key UNIQUE (id, name);\n\
              CREATE TABLE visits (\n    \
                  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                  customer_id bigint,\n    \
                  name text,\n    \
                  FOREIGN KEY (customer_id, name) REFERENCES customers (id, name)\n\
              );\n\
              CREATE INDEX idx_visits_customer_id_name ON visits (customer_id, name);",
        )
        .title("a foreign key refers to the wide one")
        .given(EMPTY_ORDERS),
        good("CREATE UNIQUE INDEX idx_orders_customer_id_code ON orders (customer_id, code);")
            .title("the narrow one may hold NULL many times")
            .given(with!(EMPTY_ORDERS, "CREATE UNIQUE INDEX idx_orders_code ON orders (code);")),
        good("CREATE UNIQUE INDEX idx_orders_amount_code ON orders (amount, code);")
            .title("the narrow one is checked late")
            .given(with!(
                EMPTY_ORDERS,
                "ALTER TABLE orders ADD CONSTRAINT orders_amount_key UNIQUE (amount) DEFERRABLE;"
            )),
        good("CREATE UNIQUE INDEX idx_orders_amount_code ON orders (amount, code);")
            .title("the narrow one does not hold all rows")
            .given(with!(
                EMPTY_ORDERS,
                "CREATE UNIQUE INDEX idx_orders_amount_noted ON orders (amount) WHERE note IS NOT NULL;"
            )),
        good(
            "CREATE TABLE visits (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 customer_id bigint NOT NULL REFERENCES customers,\n    \
                 UNIQUE (customer_id, id)\n\
             );",
        )
        .title("it is the index of a foreign key")
        .given(EMPTY_ORDERS),
        bad("CREATE TABLE visits (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 customer_id bigint NOT NULL REFERENCES customers,\n    \
                 noted_at timestamptz NOT NULL,\n    \
                 UNIQUE (customer_id, id)\n\
             );\n\
             CREATE INDEX idx_visits_customer_id_noted_at ON visits (customer_id, noted_at);")
        .title("the foreign key has another index")
        .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);")
        .check()
        .advice(),
        good("SELECT FROM events;")
            .title("the key of a partitioned table has to hold the columns of the partition key")
            .given(EVENTS),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &TableState, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let plain = |index: &&Index| {
        index.unique && index.valid && index.method == "btree" && index.keys.iter().all(|key| key.column.is_some())
    };
    let unique: Vec<&Index> = table.indexes.iter().filter(plain).collect();
    for wide in &unique {
        let referred = table.referenced_by.iter().any(|key| key.index == wide.oid);
        if wide.primary || wide.replica_identity || wide.clustered || wide.parent != 0 || wide.is_partition || referred
        {
            continue;
        }
        let Some(narrow) = unique.iter().find(|narrow| follows(wide, narrow, table)) else { continue };
        // What a foreign key is searched by has to stay, unique or not.
        let stays = |index: &Index| index.primary || !unique.iter().any(|narrow| follows(index, narrow, table));
        let serves = |key: &Constraint| {
            key.enforced
                && wide.obstacle(key, table).is_none()
                && !table.indexes.iter().any(|index| stays(index) && index.obstacle(key, table).is_none())
        };
        if table.foreign_keys().any(serves) {
            continue;
        }
        let message = format!("unique index {} on {} follows from {}", wide.sql(), relation.display(), narrow.sql());
        let names = |index: &Index| {
            let numbers: Vec<i16> = index.keys.iter().filter_map(|key| key.column).collect();
            sql::ident_list(&table.column_names(&numbers))
        };
        let way = match &*wide.constraint {
            Some(constraint) => format!("ALTER TABLE {} DROP CONSTRAINT {}", relation.sql(), sql::ident(constraint)),
            None => crate::rules::index_use::drop_index(table, wide).trim_end_matches(';').to_owned(),
        };
        out.index(&wide.schema, &wide.name, wide.oid, message)
            .detail(format!(
                "({}) is unique, so ({}) cannot repeat. No foreign key refers to the wider one. It takes {}.",
                names(narrow),
                names(wide),
                bytes(*wide.bytes)
            ))
            .advice(format!("If no query needs it and no ON CONFLICT names its columns: {way}."))
            .evidence("narrow", narrow.sql())
            .evidence("bytes", *wide.bytes)
            .evidence("scans", wide.usage.as_ref().map_or(0, |usage| usage.scans))
            .impact(*wide.bytes, 0, 0);
    }
}

/// Whether the uniqueness of the narrow one implies that of the wide one.
fn follows(wide: &Index, narrow: &Index, table: &Table) -> bool {
    let never_null = |key: &IndexKey| {
        key.column.and_then(|number| table.column_by_number(number)).is_some_and(|column| column.not_null)
    };
    let whole =
        narrow.predicate.is_none() || (narrow.predicate == wide.predicate && narrow.predicate.as_deref() != Some(""));
    narrow.oid != wide.oid
        && narrow.keys.len() < wide.keys.len()
        && narrow.immediate
        && whole
        && narrow.keys.iter().all(|key| {
            let same = |other: &IndexKey| {
                other.column == key.column && other.opfamily == key.opfamily && other.collation == key.collation
            };
            wide.keys.iter().any(same) && (narrow.nulls_not_distinct || never_null(key))
        })
}
