//! CASCADE drops objects that the statement does not name.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "cascade-collateral",
    category: DataLoss,
    severity: Error,
    title: "CASCADE drops objects that the statement does not name",
    why: "CASCADE takes whatever depends on the object, and what depends on that: views, foreign keys of other tables, \
          functions, columns of a dropped type with all their data. What goes depends on the database at hand, so the same \
          migration drops one thing in development and another in production. PostgreSQL says so only in a NOTICE, after \
          the fact.",
    remedy: "Run the statement without CASCADE: it fails and lists what is in its way. Drop those objects by name in the same \
             migration, or change them so that they no longer depend. Then the migration says what it does, and fails \
             where the database has something more.",
    parameters: &[],
    sources: &[
        Manual("ddl-depend", "Dependency Tracking"),
        Code("src/backend/catalog/dependency.c", "reportDependentObjects"),
    ],
    examples: &[
        bad("DROP TABLE orders CASCADE;").title("a view reads the table").given(EMPTY_ORDERS_WITH_VIEW).advice(),
        bad("DROP TABLE customers CASCADE;")
            .title("a foreign key refers to the table")
            .given(EMPTY_ORDERS_WITH_FOREIGN_KEY)
            .advice(),
        bad("ALTER TABLE orders DROP COLUMN amount CASCADE;")
            .title("a view reads the column")
            .given(EMPTY_ORDERS_WITH_VIEW)
            .advice(),
        bad("DROP TYPE order_state CASCADE;")
            .title("a type takes the column that has it")
            .given("CREATE TYPE order_state AS ENUM ('open', 'paid');\nCREATE TABLE orders (id bigint PRIMARY KEY, state order_state NOT NULL);")
            .advice(),
        bad("DROP SCHEMA staging CASCADE;")
            .title("a schema takes all that it holds")
            .given("DROP SCHEMA IF EXISTS staging CASCADE;\nCREATE SCHEMA staging;\nCREATE TABLE staging.imports (id bigint PRIMARY KEY);")
            .advice(),
        bad("DROP FUNCTION audit() CASCADE;")
            .title("a function takes the triggers that call it")
            .given(with!(EMPTY_ORDERS, AUDIT))
            .advice(),
        bad("DROP SEQUENCE order_numbers CASCADE;")
            .title("a sequence takes the default that draws from it")
            .given(with!(
                EMPTY_ORDERS,
                "CREATE SEQUENCE order_numbers;\nALTER TABLE orders ALTER COLUMN amount SET DEFAULT nextval('order_numbers');"
            ))
            .advice(),
        bad("DROP TABLE archive CASCADE;")
            .title("a rule writes to the table")
            .given(with!(
                EMPTY_ORDERS,
                "CREATE TABLE archive (id bigint PRIMARY KEY);\n\
                 CREATE RULE keep_order AS ON DELETE TO orders DO ALSO INSERT INTO archive VALUES (old.id);"
            ))
            .advice(),
        good("DROP TABLE orders CASCADE;")
            .title("its triggers, its defaults and its rules are parts of it")
            .given(with!(
                with!(EMPTY_ORDERS, AUDIT),
                "CREATE TABLE archive (id bigint PRIMARY KEY);\n\
                 CREATE RULE keep_order AS ON DELETE TO orders DO ALSO INSERT INTO archive VALUES (old.id);"
            )),
        good("DROP TABLE orders CASCADE;").title("nothing depends on it").given(EMPTY_ORDERS),
        good("DROP VIEW order_totals, customer_totals CASCADE;")
            .title("what depends is named too")
            .given(EMPTY_ORDERS_WITH_TWO_VIEWS),
        good("DROP VIEW order_totals;").title("without CASCADE").given(EMPTY_ORDERS_WITH_VIEW),
        good(
            "BEGIN;\n\
             CREATE TABLE carts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);\n\
             CREATE VIEW recent_carts AS SELECT id FROM carts;\n\
             DROP TABLE carts CASCADE;\n\
             COMMIT;",
        )
        .title("a table that this transaction made, and with it all that can depend on it"),
    ],
    check: Check::Statement(check),
    also: &[],
    enabled: true,
};

/// A trigger on `shop.orders`.
const AUDIT: &str = "\
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER audit_orders AFTER UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION audit();";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    if !statement.impact.collateral.iter().any(|c| c.by_cascade) {
        return;
    }
    // A schema with rows in it has a rule of its own, which lists all that goes.
    if !super::schema_dropped::lost_tables(statement, cx).is_empty() {
        return;
    }
    // What depends on objects of this transaction is of this transaction as well.
    let others = if matches!(statement.ddl, Ddl::Drop(_)) { statement.others.as_slice() } else { &[] };
    let mut named = statement.target.iter().chain(others).map(|table| &table.relation).peekable();
    if named.peek().is_some() && named.all(|relation| relation.created_here || !cx.judged(relation)) {
        return;
    }
    let mut commands: Vec<usize> =
        statement.impact.collateral.iter().filter(|c| c.by_cascade).map(|c| c.command).collect();
    commands.sort_unstable();
    commands.dedup();
    for command in commands {
        let taken: Vec<&str> = statement
            .impact
            .collateral
            .iter()
            .filter(|c| c.by_cascade && c.command == command)
            .map(|c| c.description.as_str())
            .collect();
        let what = match taken.as_slice() {
            [one] => (*one).to_owned(),
            many => format!("{} objects that the statement does not name", count(many.len() as u64)),
        };
        about(statement, command, format!("CASCADE also drops {what}"), out)
            .detail(format!("These go without being named: {}.", list(&taken, 20)))
            .advice("Drop them by name, in the order that their dependencies ask for, and leave CASCADE out.")
            .evidence("taken", taken.clone());
    }
}

/// A finding about what the statement, or its sub-command, names.
fn about<'a>(statement: &Statement, command: usize, message: String, out: &'a mut Findings) -> &'a mut Finding {
    if let Some(table) = &statement.target {
        let relation = &table.relation;
        return match statement.commands().nth(command).map(|(_, command)| command) {
            Some(AlterCommand::DropConstraint { name, .. }) => out.constraint(relation, name, message),
            Some(command) => match command.column() {
                Some(column) => out.column(relation, column, message),
                None => out.relation(relation, message),
            },
            None => match &statement.index {
                Some(index) => out.index(&index.schema, &index.name, index.oid, message),
                None => out.relation(relation, message),
            },
        };
    }
    match &statement.ddl {
        Ddl::Drop(Drop { kind: DropKind::Other(keyword), names, .. }) if !names.is_empty() => {
            let name = &names[0];
            out.object(kind_of(keyword), name.schema.as_deref().unwrap_or_default(), &name.name, message)
        }
        // DROP OWNED and its like name no object that could be shown.
        _ => out.object("statement", "", &statement.tag, message),
    }
}

/// The kind in the words of PostgreSQL's messages.
fn kind_of(keyword: &str) -> &'static str {
    match keyword {
        "SCHEMA" => "schema",
        "TYPE" => "type",
        "DOMAIN" => "domain",
        "EXTENSION" => "extension",
        "FUNCTION" => "function",
        "PROCEDURE" => "procedure",
        "AGGREGATE" => "aggregate",
        "OPERATOR" => "operator",
        "COLLATION" => "collation",
        _ => "object",
    }
}
