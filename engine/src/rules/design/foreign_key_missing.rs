//! A column that reads like a reference, without the foreign key that would make it one.

use crate::hash::QuickMap;
use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "foreign-key-missing",
    category: Design,
    severity: Info,
    title: "a column looks like a reference and has no foreign key",
    why: "A column customer_id beside a table customers tells everybody that its values are customers. Without \
          a foreign key only the applications keep it true: every one of them, on every path, for ever. Rows \
          whose parent is gone are found years later, and cannot be mended. This is a guess by names and \
          types, so it is only made where the schema declares foreign keys elsewhere: the column's table has \
          others, or the other table is referred to already.",
    remedy: "Look for rows without a parent, then add the foreign key NOT VALID and validate it. Where the column \
          is no reference (an identifier of another system), suppress the finding.",
    parameters: &[],
    sources: &[Guide("S-040"), Guide("S-057"), Manual("ddl-constraints", "Foreign Keys")],
    examples: &[
        bad("ALTER TABLE invoices ADD COLUMN order_id bigint;\n\
             CREATE INDEX idx_invoices_order_id ON invoices (order_id);")
        .given("CREATE TABLE customers (id bigint PRIMARY KEY);\n\
             CREATE TABLE orders (id bigint PRIMARY KEY);\n\
             CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE REFERENCES customers);"),
        bad("CREATE TABLE categories (id bigint PRIMARY KEY, shop_id bigint NOT NULL UNIQUE REFERENCES shops, parent_id bigint);\n\
             CREATE INDEX idx_categories_parent_id ON categories (parent_id);")
        .given("CREATE TABLE shops (id bigint PRIMARY KEY);")
        .title("a tree"),
        good("CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint NOT NULL, customer_type text NOT NULL CHECK (customer_type IN ('person', 'firm')),\n    \
             shop_id bigint NOT NULL UNIQUE REFERENCES shops);")
        .given("CREATE TABLE shops (id bigint PRIMARY KEY);\n\
             CREATE TABLE customers (id bigint PRIMARY KEY);")
        .title("a polymorphic pair"),
        good("CREATE TABLE customers (id bigint PRIMARY KEY, stripe_id text NOT NULL, shop_id bigint NOT NULL UNIQUE REFERENCES shops);")
        .given("CREATE TABLE shops (id bigint PRIMARY KEY);")
        .title("an identifier of another system: there is no such table"),
        good("CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id text NOT NULL, shop_id bigint NOT NULL UNIQUE REFERENCES shops);")
        .given("CREATE TABLE shops (id bigint PRIMARY KEY);\n\
             CREATE TABLE customers (id bigint PRIMARY KEY);")
        .title("of a type that the key is not"),
        good("CREATE TABLE order_history (id bigint PRIMARY KEY, customer_id bigint NOT NULL, shop_id bigint NOT NULL UNIQUE REFERENCES shops);")
        .given("CREATE TABLE shops (id bigint PRIMARY KEY);\n\
             CREATE TABLE customers (id bigint PRIMARY KEY);")
        .title("history outlives what it tells of"),
        good("CREATE TABLE payments (id bigint, customer_id bigint NOT NULL, PRIMARY KEY (id)) PARTITION BY RANGE (id);\n\
             CREATE TABLE payments_1 PARTITION OF payments FOR VALUES FROM (0) TO (100);\n\
             ALTER TABLE payments_1 ADD FOREIGN KEY (customer_id) REFERENCES customers;")
        .given("CREATE TABLE shops (id bigint PRIMARY KEY);\n\
             CREATE TABLE customers (id bigint PRIMARY KEY, shop_id bigint NOT NULL UNIQUE REFERENCES shops);")
        .title("each partition has its own"),
        good("CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint NOT NULL);")
        .given("CREATE TABLE customers (id bigint PRIMARY KEY);")
        .title("a schema that declares no foreign keys at all"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

/// The partitions or children of a table, of every level.
pub(super) fn below<'a>(database: &'a Database, table: &'a Table) -> Vec<&'a Table> {
    let mut found: Vec<&Table> = Vec::new();
    let mut open: Vec<&Table> = vec![table];
    while let Some(parent) = open.pop() {
        let children = parent.state.iter().flat_map(|state| &state.children).filter_map(|oid| database.table(*oid));
        for child in children {
            found.push(child);
            open.push(child);
        }
        // A torn catalog might hold a circle.
        if found.len() > database.tables.len() {
            break;
        }
    }
    found
}

/// The tables that a reference may mean, by schema and stem: those with a primary key of one column.
pub(super) fn targets(database: &Database) -> QuickMap<(&str, String), &Table> {
    let mut targets = QuickMap::default();
    for table in database.tables.iter().filter(|table| !*table.relation.exempt && shape::own_design(table)) {
        if table.primary_key().is_some_and(|key| key.columns.len() == 1) {
            let relation = &table.relation;
            targets.entry((relation.schema.as_str(), shape::stem(&relation.name))).or_insert(table);
        }
    }
    targets
}

/// The table that the column seems to refer to, with the primary key's column; none where a foreign key says so or nothing does.
pub(super) fn guess<'a>(
    table: &'a Table,
    column: &Column,
    targets: &QuickMap<(&str, String), &'a Table>,
) -> Option<(&'a Table, &'a Column)> {
    let stem = column.name.strip_suffix("_id")?;
    if shape::is_reference(table, column.number) || table.column(&format!("{stem}_type")).is_some() {
        return None;
    }
    let target = if stem == "parent" {
        table
    } else {
        targets.get(&(table.relation.schema.as_str(), shape::stem(stem))).copied()?
    };
    let key = target.primary_key().filter(|key| key.columns.len() == 1)?;
    let key = target.column_by_number(*key.columns.first()?)?;
    let itself = target.relation.oid == table.relation.oid && key.number == column.number;
    let number = |column: &Column| shape::is_integer(&column.data_type);
    let same = !column.data_type.is_array && column.data_type.base_oid == key.data_type.base_oid
        || number(column) && number(key);
    (same && !itself && column.generated == Generated::No).then_some((target, key))
}

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let targets = targets(database);
    for table in &database.tables {
        let relation = &table.relation;
        if *relation.exempt
            || !database.in_scope(relation.oid)
            || !shape::own_design(table)
            || shape::is_side_table(&relation.name)
        {
            continue;
        }
        let declares = table.foreign_keys().next().is_some();
        for column in &table.columns {
            let Some((target, key)) = guess(table, column, &targets) else { continue };
            if !declares && target.referenced_by.is_empty() {
                continue;
            }
            // Partitions may have foreign keys of their own, where the parent has none.
            let of_part =
                |part: &&Table| part.column(&column.name).is_some_and(|c| shape::is_reference(part, c.number));
            if below(database, table).iter().any(of_part) {
                continue;
            }
            say(table, column, target, key, cx, out);
        }
    }
}

fn say(table: &Table, column: &Column, target: &Table, key: &Column, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let (shown, far) = (sql::ident(&column.name), target.relation.display());
    let finding = out.column(
        relation,
        &column.name,
        format!("column {shown} of {} looks like a reference to {far} and has no foreign key", relation.display()),
    );
    finding
        .detail(format!(
            "By its name and type ({}); {far} has the primary key {} of type {}. Nothing keeps rows out that refer to none of its rows.",
            column.data_type.name,
            sql::ident(&key.name),
            key.data_type.name
        ))
        .evidence("referenced_table", target.relation.display())
        .evidence("confidence", "low");
    let same = column.data_type.base_oid == key.data_type.base_oid;
    if !same || relation.kind == RelationKind::PartitionedTable && cx.major() < 18 {
        finding.advice(
            "Give the column the key's type where it differs, look for rows without a parent, and add the foreign key.",
        );
        return;
    }
    let name = recipes::constraint_name(table, &[&column.name], "_fkey");
    let definition = format!(
        "FOREIGN KEY ({shown}) REFERENCES {} ({}) ON DELETE RESTRICT",
        target.relation.sql(),
        sql::ident(&key.name)
    );
    let indexed = table.indexes.iter().any(|index| {
        index.valid && index.predicate.is_none() && index.keys.first().and_then(|key| key.column) == Some(column.number)
    });
    let index = if indexed || relation.kind == RelationKind::PartitionedTable {
        String::new()
    } else {
        let name = recipes::index_name(table, &[&column.name]);
        format!("CREATE INDEX CONCURRENTLY {} ON {} ({shown});\n", sql::ident(&name), relation.sql())
    };
    finding
        .advice("If it is one, add the foreign key; VALIDATE fails with the first row that has no parent:")
        .remedy(format!("{index}{}", recipes::add_then_validate(relation, &name, &definition)));
}
