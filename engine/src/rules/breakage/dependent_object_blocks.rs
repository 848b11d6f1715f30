//! Something depends on what is dropped or changed: the statement fails.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "dependent-object-blocks",
    category: Breakage,
    severity: Error,
    title: "a statement fails because other objects depend on what it drops or changes",
    why: "PostgreSQL refuses three kinds of change while other objects stand in their way. First, without CASCADE, to drop what \
          something else needs: a table or column that a view reads, a key that foreign keys refer to, a type, function or schema in \
          use. Second, with or without CASCADE, to change the type of a column that a view or rule uses. Third, what it would have to \
          find inside of other values: to write a table anew, or fill a new column, while a column somewhere holds whole rows of that \
          table; to give a domain a CHECK or NOT NULL while arrays, composites or ranges hold its values; to change a composite type \
          of which there are tables, where CASCADE helps. The migration stops there, perhaps in production only: what depends on an \
          object differs between databases.",
    remedy: "Drop the dependent objects by name, make the change and create them again, all in one transaction. Where a column holds \
             such values inside of others, give it another type before. Tables of a composite type change with it under CASCADE.",
    parameters: &[],
    sources: &[
        Manual("ddl-depend", "Dependency Tracking"),
        Code("src/backend/commands/tablecmds.c", "RememberAllDependentForRebuilding"),
    ],
    examples: &[
        bad("ALTER TABLE orders ALTER COLUMN amount TYPE bigint;")
            .title("a view uses the column")
            .given(EMPTY_ORDERS_WITH_VIEW)
            .lint()
            .advice(),
        bad("DROP TABLE orders;").title("a view reads the table").given(EMPTY_ORDERS_WITH_VIEW).lint().advice(),
        bad("DROP TABLE customers;")
            .title("a foreign key refers to it")
            .given(EMPTY_ORDERS_WITH_FOREIGN_KEY)
            .lint()
            .advice(),
        bad("DROP FUNCTION gross(integer);")
            .title("a default calls the function")
            .given(with!(
                EMPTY_ORDERS,
                "CREATE FUNCTION gross(integer) RETURNS integer LANGUAGE sql AS 'SELECT $1 * 3';\n\
                 ALTER TABLE orders ALTER COLUMN amount SET DEFAULT gross(1);"
            ))
            .lint()
            .advice(),
        bad("ALTER TABLE orders ADD COLUMN weight integer NOT NULL DEFAULT 0;")
            .title("a column elsewhere holds its rows")
            .given(HELD_ROWS)
            .lint()
            .advice(),
        bad("ALTER DOMAIN amount ADD CONSTRAINT amount_is_positive CHECK (VALUE > 0);")
            .title("an array holds values of the domain")
            .given("CREATE DOMAIN amount AS integer;\nCREATE TABLE series (id bigint PRIMARY KEY, amounts amount[]);")
            .lint()
            .advice(),
        bad("ALTER TYPE place ADD ATTRIBUTE height integer;")
            .title("a table of the type")
            .given(PLACES)
            .lint()
            .advice(),
        bad("DROP INDEX orders_pkey CASCADE;")
            .title("an index of a constraint, whether with CASCADE or not")
            .given(EMPTY_ORDERS)
            .lint()
            .advice(),
        bad("DROP INDEX parts_1_id_idx;").title("the index of a partition").given(PARTS_WITH_INDEX).lint().advice(),
        good("DROP INDEX idx_parts_id, parts_1_id_idx;")
            .title("the index of the partitioned table, and with it that of its partition")
            .given(PARTS_WITH_INDEX)
            .lint(),
        good("ALTER TYPE place ADD ATTRIBUTE height integer CASCADE;")
            .title("CASCADE takes the table along")
            .given(PLACES)
            .lint(),
        good("ALTER TABLE orders ADD COLUMN weight integer;")
            .title("nothing is filled in the rows elsewhere")
            .given(HELD_ROWS)
            .lint(),
        good("BEGIN;\nDROP VIEW order_totals;\nALTER TABLE orders ALTER COLUMN amount TYPE bigint;\nCOMMIT;")
            .title("the view is dropped before")
            .given(EMPTY_ORDERS_WITH_VIEW)
            .lint(),
        good("ALTER TABLE orders ALTER COLUMN note TYPE varchar(80);")
            .title("the view does not use the column")
            .given(EMPTY_ORDERS_WITH_VIEW)
            .lint(),
        good("BEGIN;\nALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;\nDROP TABLE customers;\nCOMMIT;")
            .title("the foreign key is dropped before")
            .given(EMPTY_ORDERS_WITH_FOREIGN_KEY)
            .lint(),
        good("DROP TABLE customers, orders;")
            .title("what depends is named too")
            .given(EMPTY_ORDERS_WITH_FOREIGN_KEY)
            .lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

const HELD_ROWS: &str = with!(EMPTY_ORDERS, "CREATE TABLE order_versions (id bigint PRIMARY KEY, before orders);");

const PARTS_WITH_INDEX: &str = "\
CREATE TABLE parts (id bigint NOT NULL PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE INDEX idx_parts_id ON parts (id);";

const PLACES: &str = "CREATE TYPE place AS (x integer, y integer);\nCREATE TABLE places OF place (PRIMARY KEY (x, y));";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    for refusal in statement.impact.refusals.iter().filter(|refusal| refusal.kind == RefusalKind::Dependents) {
        let message = format!("{} will fail: {}", statement.tag, refusal.why);
        let finding = match &statement.target {
            Some(table) if !cx.judged(&table.relation) => continue,
            Some(table) => out.relation(&table.relation, message),
            None => out.object("statement", "", &statement.tag, message),
        };
        finding
            .detail("PostgreSQL refuses the statement, and the transaction ends there.")
            .advice(match refusal.remedy.as_str() {
                "" => "Drop what depends on it by name, make the change, and create it again, in one transaction.",
                remedy => remedy,
            })
            .discriminator(format!("{} {}", statement.tag, refusal.command));
    }
}
