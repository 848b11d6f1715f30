//! A function's text names what is dropped or renamed.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "function-body-mentions",
    category: Breakage,
    severity: Info,
    title: "functions name, in their text, what is dropped or renamed",
    why: "The body of a function in PL/pgSQL, in SQL as a string, or in another language is text to the server: DROP and RENAME neither \
          stop at it nor change it, and the function fails when it is called next, in a trigger perhaps. The finding is a match of \
          words and proves nothing: it shows where to look. A name that is put together when the function runs is not found.",
    remedy: "Read the functions that are named, and replace them in the same transaction, before the drop. Functions with an SQL-standard \
             body (BEGIN ATOMIC) depend on what they use, and the server itself refuses the drop.",
    parameters: &[],
    sources: &[Manual("plpgsql-implementation", "Plan Caching"), Manual("sql-createfunction", "sql_body")],
    examples: &[
        bad("ALTER TABLE orders DROP COLUMN note;").given(MENTIONED).advice(),
        bad("ALTER TABLE orders RENAME COLUMN note TO remark;").title("renamed").given(MENTIONED).advice(),
        bad("DROP TABLE orders;").title("the table").given(MENTIONED).advice(),
        bad("ALTER TABLE orders DROP COLUMN IF EXISTS note;").title("in a text").given(MENTIONED).lint().advice(),
        good("ALTER TABLE orders DROP COLUMN code;").title("a column that no function names").given(MENTIONED),
        good("ALTER TABLE customers DROP COLUMN note;")
            .title("the column's name, and not its table's")
            .given(with!(MENTIONED, "ALTER TABLE customers ADD COLUMN note text;")),
        good("DROP INDEX idx_orders_code;")
            .title("an index of the table")
            .given(with!(MENTIONED, "CREATE INDEX idx_orders_code ON orders (code);")),
        good("ALTER INDEX idx_orders_code RENAME TO idx_orders_code_old;")
            .title("an index of the table is renamed")
            .given(with!(MENTIONED, "CREATE INDEX idx_orders_code ON orders (code);")),
        good("ALTER TABLE orders DROP COLUMN note;").title("no function at all").given(ORDERS),
        good("DROP INDEX idx_orders_note;")
            .title("an index of the table")
            .given(with!(MENTIONED, "CREATE INDEX idx_orders_note ON orders (note);")),
        good("BEGIN;\nALTER TABLE orders ADD COLUMN remark text;\nALTER TABLE orders DROP COLUMN remark;\nCOMMIT;")
            .title("a column that this transaction added")
            .given(MENTIONED),
    ],
    check: Check::On(Kinds::DROP_COLUMN.or(Kinds::DROP).or(Kinds::RENAME).or(Kinds::SET_SCHEMA), check),
    also: &[],
    enabled: true,
};

/// `ORDERS`, and a function that writes a column of it. What is lost and who breaks has rules of its own.
const MENTIONED: &str = with!(
    ORDERS,
    "CREATE FUNCTION remind(of bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE orders SET \"note\" = 'reminded' WHERE id = of;
END
$$;
SELECT architect.configure(rule, 'off') FROM unnest(ARRAY['column-dropped', 'column-renamed', 'table-dropped']) AS rule;"
);

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let what = match &statement.ddl {
        Ddl::Drop(_) | Ddl::AlterTable(_) => "dropped",
        Ddl::Rename(_) => "renamed",
        Ddl::SetSchema(_) => "moved",
        _ => return,
    };
    // What is done to an index of a table breaks no function.
    let Some(table) = statement.target.as_ref().filter(|_| statement.index.is_none()) else { return };
    let relation = &table.relation;
    let columns: Vec<&str> = match &statement.ddl {
        Ddl::Rename(Rename { what: Renamed::Column(column), .. }) => vec![column.as_str()],
        Ddl::Rename(Rename { what: Renamed::Constraint(_), .. }) => return,
        Ddl::AlterTable(_) => statement
            .commands()
            .filter_map(|(_, command)| match command {
                AlterCommand::DropColumn { column, .. } => table.column(column).filter(|column| !column.created_here),
                _ => None,
            })
            .map(|column| column.name.as_str())
            .collect(),
        _ => Vec::new(),
    };
    if matches!(statement.ddl, Ddl::AlterTable(_)) && columns.is_empty() || !cx.judged(relation) {
        return;
    }
    // What is dear to read comes last.
    let found: &Vec<String> = &statement.impact.mentioned_by;
    if found.is_empty() {
        return;
    }
    let (named, message) = match columns.as_slice() {
        [] => ("the table".to_owned(), format!("functions name {}, which is {what}", relation.display())),
        several => (
            format!("the table together with {}", list(several, 5)),
            format!("functions name {} of {}, which is {what}", list(several, 5), relation.display()),
        ),
    };
    let finding = match columns.first() {
        Some(column) => out.column(relation, column, message),
        None => out.relation(relation, message),
    };
    finding
        .detail(format!("A match of words, which proves nothing: the text of {} names {named}.", list(found, 5)))
        .advice("Read them, and replace those that use it in the same transaction, before this statement.")
        .evidence("functions", found.clone())
        .discriminator(statement.tag.as_str());
}
