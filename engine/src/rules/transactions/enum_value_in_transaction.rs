//! A new value of an enum is used before it is committed.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "enum-value-in-transaction",
    category: Transactions,
    severity: Error,
    title: "a value that ALTER TYPE added is used before the commit",
    why: "Until the transaction that added it commits, a value of an enum must not get into a table, an index or an expression: \
          were the transaction rolled back, an index could keep a value that no longer exists. PostgreSQL refuses it with 'unsafe \
          use of new value' (SQLSTATE 55P04), and the whole migration is rolled back. A tool that runs every migration in a \
          transaction meets this in production, when the test database was built from a dump.",
    remedy: "Commit ALTER TYPE ... ADD VALUE first, in a migration of its own; what uses the value comes in the next. A value that \
             is written in CREATE TYPE may be used at once, and from 17 on so may one that is added to a type of the same \
             transaction.",
    parameters: &[],
    sources: &[
        Manual("sql-altertype", "Notes"),
        Code("src/backend/utils/adt/enum.c", "check_safe_enum_use"),
    ],
    examples: &[
        bad("BEGIN;\n\
             ALTER TYPE order_state ADD VALUE 'cancelled';\n\
             ALTER TABLE tickets ALTER COLUMN state SET DEFAULT 'cancelled';\n\
             COMMIT;")
        .title("as a default")
        .given(TICKETS)
        .advice(),
        bad("BEGIN;\n\
             ALTER TYPE order_state ADD VALUE 'cancelled';\n\
             UPDATE tickets SET state = 'cancelled' WHERE id < 10;\n\
             COMMIT;")
        .title("in a row")
        .given(TICKETS)
        .lint()
        .advice(),
        bad("BEGIN;\n\
             ALTER TYPE order_state ADD VALUE IF NOT EXISTS 'cancelled';\n\
             INSERT INTO tickets (id, state) VALUES (1, 'paid'), (2, 'cancelled');\n\
             COMMIT;")
        .title("in a list of VALUES")
        .given(TICKETS)
        .lint()
        .advice(),
        bad("BEGIN;\n\
             ALTER TYPE order_state ADD VALUE 'cancelled';\n\
             CREATE INDEX idx_tickets_id_active ON tickets (id) WHERE state <> 'cancelled';\n\
             COMMIT;")
        .title("in the predicate of an index")
        .given(TICKETS)
        .advice(),
        bad("BEGIN;\n\
             ALTER TYPE order_state ADD VALUE 'cancelled';\n\
             SELECT count(*) FROM tickets WHERE state IN ('paid', 'cancelled');\n\
             COMMIT;")
        .title("in a query")
        .given(TICKETS)
        .lint()
        .advice(),
        bad("BEGIN;\n\
             ALTER TYPE order_state ADD VALUE 'cancelled';\n\
             UPDATE tickets SET state = CASE WHEN note IS NULL THEN 'cancelled' ELSE state END WHERE id < 10;\n\
             COMMIT;")
        .title("as the result of CASE")
        .given(TICKETS)
        .lint()
        .advice(),
        bad("BEGIN;\n\
             CREATE TYPE colour AS ENUM ('red');\n\
             ALTER TYPE colour ADD VALUE 'blue';\n\
             CREATE TABLE cars (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, colour colour NOT NULL DEFAULT 'blue');\n\
             COMMIT;")
        .title("added to a type of the same transaction, before 17")
        .until(16)
        .advice(),
        good("ALTER TYPE order_state ADD VALUE 'cancelled';\n\
              ALTER TABLE tickets ALTER COLUMN state SET DEFAULT 'cancelled';")
            .title("two transactions")
            .given(TICKETS),
        good("BEGIN;\n\
              ALTER TYPE order_state ADD VALUE 'cancelled';\n\
              ALTER TABLE tickets ALTER COLUMN state SET DEFAULT 'paid', ALTER COLUMN note SET DEFAULT 'cancelled';\n\
              COMMIT;")
            .title("an old value; the text in another column is only a text")
            .given(TICKETS),
        good("BEGIN;\n\
              ALTER TYPE order_state ADD VALUE 'cancelled';\n\
              UPDATE tickets SET note = state || 'cancelled' WHERE note = 'cancelled';\n\
              COMMIT;")
            .title("texts only")
            .given(TICKETS)
            .lint(),
        good("BEGIN;\n\
              CREATE TYPE colour AS ENUM ('red', 'blue');\n\
              CREATE TABLE cars (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, colour colour NOT NULL DEFAULT 'blue');\n\
              COMMIT;")
            .title("a value of CREATE TYPE"),
        good("BEGIN;\n\
              CREATE TYPE colour AS ENUM ('red');\n\
              ALTER TYPE colour ADD VALUE 'blue';\n\
              CREATE TABLE cars (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, colour colour NOT NULL DEFAULT 'blue');\n\
              COMMIT;")
            .title("added to a type of the same transaction, from 17 on")
            .since(17),
        good("BEGIN;\n\
              ALTER TYPE order_state ADD VALUE IF NOT EXISTS 'paid';\n\
              ALTER TABLE tickets ALTER COLUMN state SET DEFAULT 'paid';\n\
              COMMIT;")
            .title("the type had the value")
            .given(TICKETS),
        good("BEGIN;\n\
              SAVEPOINT before;\n\
              ALTER TYPE order_state ADD VALUE 'cancelled';\n\
              ROLLBACK TO before;\n\
              ALTER TABLE tickets ALTER COLUMN note SET DEFAULT 'cancelled';\n\
              COMMIT;")
            .title("the value was taken back")
            .given(TICKETS),
    ],
    check: Check::Statement(check),
    also: &[],
    enabled: true,
};

/// An enum, and an empty table that uses it.
const TICKETS: &str = "\
CREATE TYPE order_state AS ENUM ('open', 'paid');
CREATE TABLE tickets (
    id bigint PRIMARY KEY,
    state order_state NOT NULL DEFAULT 'open',
    note text
);";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    for value in &statement.new_values {
        if value.there || value.of_new_type && cx.major() >= 17 {
            continue;
        }
        let (data_type, label) = (&value.data_type, sql::literal(&value.label));
        let finding = out.object(
            "type",
            data_type.schema.as_deref().unwrap_or_default(),
            &data_type.name,
            format!("{} uses {label}, which this transaction added to {}", statement.tag, data_type.sql()),
        );
        finding
            .detail(format!(
                "PostgreSQL refuses it: unsafe use of new value {label} of enum type {} (SQLSTATE 55P04). The transaction is rolled \
                 back, and the value with it.",
                data_type.sql()
            ))
            .advice("COMMIT behind ALTER TYPE ... ADD VALUE, and use the value in the next transaction.")
            .evidence("value", value.label.as_str())
            .discriminator(format!("{} {label}", statement.tag));
    }
}
