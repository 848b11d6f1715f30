//! A constraint of a live table is gone at commit.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "constraint-dropped",
    category: DataLoss,
    severity: Warning,
    title: "a constraint that guarded the rows of a table is dropped",
    why: "From the commit on nothing checks what the constraint checked: duplicates, orphans and values out of range come in, and putting the constraint back means finding and mending them first. For a foreign key, ON DELETE CASCADE and SET NULL stop too. The planner loses what it knew: unique joins, removed joins, excluded partitions.",
    remedy: "Where the constraint is to be changed, drop the old one and add the new one in one transaction (NOT VALID, and VALIDATE afterwards); a unique index is built CONCURRENTLY before the old one goes. Where it is to go for good, say so in the migration and suppress the finding.",
    parameters: &[],
    sources: &[Manual("ddl-constraints", "Constraints"), Manual("sql-altertable", "DROP CONSTRAINT")],
    examples: &[
        bad("ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;")
            .title("a foreign key")
            .given(ORDERS_WITH_FOREIGN_KEY)
            .advice(),
        bad("ALTER TABLE orders DROP CONSTRAINT valid_amount;")
            .title("a CHECK")
            .given(with!(ORDERS, "ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0);"))
            .advice(),
        bad("ALTER TABLE orders DROP CONSTRAINT orders_customer_id_code_key;")
            .title("a unique constraint")
            .given(ORDERS_WITH_UNIQUE)
            .advice(),
        bad("DROP INDEX CONCURRENTLY idx_orders_code;")
            .title("a unique index")
            .given(with!(ORDERS, "CREATE UNIQUE INDEX idx_orders_code ON orders (code);"))
            .advice(),
        good(
            "BEGIN;\n\
             ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;\n\
             ALTER TABLE orders ADD CONSTRAINT orders_customer_id_fkey\n    \
                 FOREIGN KEY (customer_id) REFERENCES customers ON DELETE SET NULL NOT VALID;\n\
             COMMIT;",
        )
        .title("changed in one transaction")
        .given(ORDERS_WITH_FOREIGN_KEY),
        good("ALTER TABLE orders DROP CONSTRAINT valid_amount, ADD CONSTRAINT valid_amount CHECK (amount > -10) NOT VALID;")
            .title("changed in one statement")
            .given(with!(ORDERS, "ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0);")),
        good("ALTER TABLE orders DROP CONSTRAINT known_customer;")
            .title("the column is NOT NULL by itself now")
            .given(with!(
                ORDERS,
                "ALTER TABLE orders ADD CONSTRAINT known_customer CHECK (customer_id IS NOT NULL);\n\
                 ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;"
            )),
        good("DROP INDEX CONCURRENTLY idx_orders_code;")
            .title("another unique index guarantees the same")
            .given(with!(
                ORDERS,
                "CREATE UNIQUE INDEX idx_orders_code ON orders (code);\nCREATE UNIQUE INDEX idx_orders_code_v2 ON orders (code) INCLUDE (amount);"
            )),
        bad("ALTER TABLE old_orders DROP CONSTRAINT valid_code;")
            .title("the own CHECK of a child by inheritance")
            .given(with!(
                EMPTY_ORDERS,
                "CREATE TABLE old_orders (PRIMARY KEY (id), CONSTRAINT valid_code CHECK (code <> '')) INHERITS (orders);\n\
                 INSERT INTO old_orders (id, code) SELECT g, 'c' || g FROM generate_series(1, 2000) AS g;\n\
                 ANALYZE old_orders;"
            ))
            .advice(),
        good("ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;")
            .title("an empty table")
            .given(EMPTY_ORDERS_WITH_FOREIGN_KEY),
        good(
            "BEGIN;\n\
             ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID;\n\
             ALTER TABLE orders DROP CONSTRAINT valid_amount;\n\
             COMMIT;",
        )
        .title("it came in the same transaction")
        .given(ORDERS),
        bad("DROP INDEX idx_orders_code_unique;")
            .title("an index over an expression")
            .given(with!(
                ORDERS,
                "CREATE UNIQUE INDEX idx_orders_code_unique ON orders (lower(code), amount);\n\
                 SELECT architect.configure('index-drop-not-concurrent', 'off');"
            ))
            .advice(),
        good("BEGIN;\n\
              DROP INDEX idx_orders_code_unique;\n\
              CREATE UNIQUE INDEX idx_orders_lower_code_unique ON orders (lower(code));\n\
              COMMIT;")
            .title("fewer of its keys are unique by themselves now")
            .given(with!(ORDERS, "CREATE UNIQUE INDEX idx_orders_code_unique ON orders (lower(note), lower(code));")),
        good("ALTER TABLE orders DROP COLUMN code;")
            .title("a unique index goes with the column that its expression uses")
            .given(with!(ORDERS, "CREATE UNIQUE INDEX idx_orders_code_unique ON orders (lower(code));")),
        good("DROP INDEX idx_orders_code_unique;\nALTER TABLE orders DROP COLUMN code;")
            .title("in a text, where the index goes by name")
            .given(with!(ORDERS, "CREATE UNIQUE INDEX idx_orders_code_unique ON orders (lower(code));"))
            .lint(),
        good("ALTER TABLE orders DROP CONSTRAINT orders_note_not_null;")
            .title("a proof for SET NOT NULL that was never validated")
            .given(with!(
                ORDERS,
                "ALTER TABLE orders ADD CONSTRAINT orders_note_not_null CHECK (note IS NOT NULL) NOT VALID;"
            )),
        good(
            "BEGIN;\n\
             ALTER TABLE orders DROP CONSTRAINT orders_code_key, ADD CONSTRAINT orders_code_key UNIQUE USING INDEX idx_orders_code_new_unique;\n\
             ALTER TABLE orders RENAME COLUMN code TO code_old;\n\
             ALTER TABLE orders RENAME COLUMN code_new TO code;\n\
             COMMIT;",
        )
        .title("the column that takes the name is unique")
        .given(with!(
            ORDERS,
            "ALTER TABLE orders ADD CONSTRAINT orders_code_key UNIQUE (code);\n\
             ALTER TABLE orders ADD COLUMN code_new text;\n\
             UPDATE orders SET code_new = code;\n\
             CREATE UNIQUE INDEX idx_orders_code_new_unique ON orders (code_new);"
        )),
        bad(
            "BEGIN;\n\
             ALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;\n\
             ALTER TABLE orders RENAME CONSTRAINT orders_buyer_id_fkey TO orders_customer_id_fkey;\n\
             COMMIT;",
        )
        .title("the foreign key of another column takes its name")
        .advice()
        .given(with!(
            ORDERS_WITH_FOREIGN_KEY,
            "ALTER TABLE orders ADD COLUMN buyer_id bigint REFERENCES customers ON DELETE RESTRICT;"
        )),
    ],
    check: Check::Of(Aspects::LOSSES, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if table.lost_constraints.is_empty() || relation.is_part() || !cx.live(relation) {
        return;
    }
    for lost in table.lost_constraints.iter().filter(|lost| !lost.inherited) {
        let gone = |number: &i16| *number != 0 && table.column_by_number(*number).is_none();
        // What goes with its column is told there.
        if lost.columns.iter().chain(&lost.in_expressions).any(gone) || replaced(table, lost, cx) {
            continue;
        }
        let names = keys(table, lost);
        let columns = list(&names, 5);
        let unique = if names.len() > 1 { "are unique together" } else { "is unique" };
        let (what, kept) = match lost.kind {
            ConstraintKind::ForeignKey => {
                ("foreign key", format!("that every {columns} has its row in the referenced table"))
            }
            ConstraintKind::Check => ("CHECK", format!("the rule about {columns}")),
            ConstraintKind::Exclusion => ("exclusion constraint", format!("that no two rows collide in {columns}")),
            ConstraintKind::PrimaryKey => ("primary key", format!("that {columns} {unique}")),
            _ => ("unique constraint or index", format!("that {columns} {unique}")),
        };
        out.constraint(relation, &lost.name, format!("{} loses its {what} {}", relation.display(), sql::ident(&lost.name)))
            .detail(format!("Nothing guarantees {kept} any more, in {}.", cx.sized(relation)))
            .advice(
                "Add what takes its place in the same transaction, or keep it. Putting it back later means mending the rows first.",
            )
            .evidence("columns", names.join(", "));
    }
}

/// What it was over, in words: columns and the expressions between them.
fn keys(table: &Table, lost: &LostConstraint) -> Vec<String> {
    let mut expressions = lost.expressions.iter();
    let key = |number: &i16| match number {
        0 => expressions.next().cloned(),
        number => table.column_by_number(*number).map(|column| sql::ident(&column.name)),
    };
    let keys: Vec<String> = lost.columns.iter().filter_map(key).collect();
    if keys.is_empty() { vec!["an expression".to_owned()] } else { keys }
}

/// Whether something that the table has now guarantees as much, or was put in its place.
fn replaced(table: &Table, lost: &LostConstraint, cx: &Context) -> bool {
    let relation = table.relation.oid;
    // A column that took over another one's name takes its place.
    let before = |name: &str| cx.transaction.name_before(relation, name).to_owned();
    let names: Vec<String> = table.column_names(&lost.columns).into_iter().map(before).collect();
    let same_names = |columns: &[i16]| table.column_names(columns) == names && columns.len() == lost.columns.len();
    match lost.kind {
        ConstraintKind::Check => {
            let not_null = |number: &i16| table.column_by_number(*number).is_some_and(|column| column.not_null);
            let same = |constraint: &Constraint| {
                let mut columns = constraint.columns.clone();
                let mut before = lost.columns.clone();
                columns.sort_unstable();
                before.sort_unstable();
                constraint.kind == ConstraintKind::Check && (columns == before || constraint.name == lost.name)
            };
            // A proof for SET NOT NULL that was never validated has proved nothing.
            lost.only_not_null && (!lost.validated || lost.columns.iter().all(not_null))
                || table.touched_constraints().any(same)
        }
        ConstraintKind::ForeignKey => table.foreign_keys().any(|key| {
            // A swap that renamed the columns before: the name speaks of the columns that it is on now, and no more of the others.
            let named_after = |columns: &[i16]| table.column_names(columns).iter().all(|name| lost.name.contains(name));
            let took_over =
                key.name == lost.name && key.validated && named_after(&key.columns) && !named_after(&lost.columns);
            key.referenced == lost.referenced && (key.columns == lost.columns || same_names(&key.columns) || took_over)
        }),
        ConstraintKind::PrimaryKey | ConstraintKind::Unique => {
            // A table without any key has a rule of its own.
            if lost.kind == ConstraintKind::PrimaryKey && table.primary_key().is_none() {
                return true;
            }
            let holds = |index: &&Index| index.unique && index.valid && index.predicate.is_none();
            table.indexes.iter().filter(holds).any(|index| {
                let among = |key: &IndexKey| match (key.column, &key.expression) {
                    (Some(number), _) => lost.columns.contains(&number),
                    (None, Some(expression)) => lost.expressions.contains(expression),
                    (None, None) => false,
                };
                let columns: Option<Vec<i16>> = index.keys.iter().map(|key| key.column).collect();
                index.keys.iter().all(among) || columns.is_some_and(|columns| same_names(&columns))
            })
        }
        ConstraintKind::Exclusion => {
            table.touched_constraints().any(|constraint| constraint.kind == ConstraintKind::Exclusion)
        }
        ConstraintKind::NotNull | ConstraintKind::Trigger => true,
    }
}
