//! ADD COLUMN whose value has to be computed for every row.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "column-default-rewrite",
    category: Locks,
    severity: Error,
    title: "a new column writes the whole table anew while nobody can read it",
    why: "A default that is the same for every row (a constant, now(), any stable expression) is stored once in the \
          catalog and ADD COLUMN takes an instant. A value that differs from row to row cannot be: a volatile \
          default such as gen_random_uuid() or nextval(), serial, identity, a stored generated column, or a domain \
          with constraints. Then ALTER TABLE writes every row and every index anew, holding ACCESS EXCLUSIVE, and \
          reads and writes wait.",
    remedy: "Add the column without the default, set the default (new rows get it), fill the old rows in batches, \
             and only then make it NOT NULL or unique.",
    parameters: &[],
    sources: &[
        Guide("S-169"),
        Guide("S-167"),
        Manual("sql-altertable", "Notes"),
        Code("src/backend/commands/tablecmds.c", "ATExecAddColumn"),
    ],
    examples: &[
        bad("ALTER TABLE orders ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();").given(ORDERS),
        bad("ALTER TABLE orders ADD COLUMN seen_at timestamptz DEFAULT (now() + random() * interval '1 day');")
            .title("a volatile function inside an expression")
            .given(ORDERS),
        bad("ALTER TABLE orders ADD COLUMN number serial;").given(ORDERS),
        bad("ALTER TABLE orders ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY;").given(with!(
            "CREATE TABLE orders (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), amount integer NOT NULL DEFAULT 0);",
            "INSERT INTO orders (amount) SELECT g FROM generate_series(1, 5000) AS g; ANALYZE orders;"
        )),
        bad("ALTER TABLE orders ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 5 CACHE 10);")
            .title("an identity with options")
            .given(ORDERS),
        bad("ALTER TABLE orders ADD COLUMN token text COLLATE \"C\" NOT NULL DEFAULT (random() * 0)::text;")
            .title("another collation")
            .given(ORDERS),
        bad("ALTER TABLE orders ADD COLUMN gross integer GENERATED ALWAYS AS (amount * 2) STORED;").given(ORDERS),
        bad("ALTER TABLE orders ADD COLUMN gross integer GENERATED ALWAYS AS (amount * 2) STORED NOT NULL;")
            .title("a generated column that is NOT NULL")
            .given(ORDERS),
        bad("ALTER TABLE orders ADD COLUMN quantity positive;")
            .title("a domain with a constraint, even without a default")
            .given(with!(ORDERS, "CREATE DOMAIN positive AS integer CHECK (VALUE > 0);"))
            .advice(),
        good("ALTER TABLE orders ADD COLUMN status text NOT NULL DEFAULT 'new';").title("a constant").given(ORDERS),
        good("ALTER TABLE orders ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();")
            .title("a stable expression")
            .given(ORDERS),
        good("ALTER TABLE orders ADD COLUMN code_length integer DEFAULT length('abc') + 1;")
            .title("an immutable expression")
            .given(ORDERS),
        good("ALTER TABLE orders ADD COLUMN status text DEFAULT fresh();")
            .title("a function that is marked volatile but is a constant once inlined")
            .given(with!(ORDERS, "CREATE FUNCTION fresh() RETURNS text LANGUAGE sql AS 'SELECT ''new''::text';")),
        good("ALTER TABLE orders ADD COLUMN quantity whole;")
            .title("a domain without constraints")
            .given(with!(ORDERS, "CREATE DOMAIN whole AS integer;")),
        good("ALTER TABLE orders ADD COLUMN gross integer GENERATED ALWAYS AS (amount * 2) VIRTUAL;")
            .title("a virtual generated column")
            .given(ORDERS)
            .since(18),
        good("ALTER TABLE orders ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();")
            .title("an empty table")
            .given(EMPTY_ORDERS),
    ],
    check: Check::On(Kinds::ADD_COLUMN, check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    for (number, command) in statement.commands() {
        let AlterCommand::AddColumn { column, .. } = command else { continue };
        let rewrites =
            recipes::live_work(statement, cx, number, |work| matches!(work, Work::Rewrite(Rewrite::Default { .. })));
        let Some(Work::Rewrite(Rewrite::Default { why, .. })) = rewrites.first().map(|effect| &effect.work) else {
            continue;
        };
        let message = format!(
            "adding column {} rewrites {}{}",
            column.name,
            relation.display(),
            recipes::in_partitions(relation, &rewrites)
        );
        let finding = out.column(relation, &column.name, message);
        finding
            .detail(recipes::sentences(&[
                format!("Every row and every index is written anew: {why}."),
                recipes::holds(statement, cx, relation, "for all of it"),
            ]))
            .evidence("lock", statement.impact.lock_on(relation.oid).as_str())
            .evidence("why", why.as_str());
        let (mut advice, remedy) = cure(cx, table, column);
        if !column.constraints.is_empty() {
            let end = if remedy.is_some() { ":" } else { "." };
            advice.truncate(advice.trim_end_matches([':', '.']).len());
            advice.push_str("; then add the column's constraints, each in its online form");
            advice.push_str(end);
        }
        finding.advice(advice);
        if let Some(sql) = remedy {
            finding.remedy(sql);
        }
    }
}

/// What to do instead: advice, and the script where one can be written.
fn cure(cx: &Context, table: &Table, column: &ColumnDef) -> (String, Option<String>) {
    let (relation, quoted) = (table.relation.sql(), sql::ident(&column.name));
    if column.generated == Generated::Stored {
        let Some(expression) = recipes::known(column.default.as_ref()) else {
            return ("Add a plain column, fill it with a trigger and, for the old rows, in batches.".to_owned(), None);
        };
        if cx.major() >= 18 {
            let sql = format!(
                "ALTER TABLE {relation} ADD COLUMN {} GENERATED ALWAYS AS {} VIRTUAL;{}",
                recipes::column_type(column),
                sql::in_parentheses(expression),
                if column.not_null {
                    format!("\n{}", recipes::not_null(cx, table, &column.name))
                } else {
                    String::new()
                }
            );
            return (
                "A virtual generated column is computed when it is read and needs no rewrite:".to_owned(),
                Some(sql),
            );
        }
        return (
            "Add a plain column, fill it with a trigger and, for the old rows, in batches, each statement by itself:"
                .to_owned(),
            recipes::computed(table, column, expression).map(|script| not_null_behind(cx, table, column, script)),
        );
    }
    if column.serial.is_some() || column.identity {
        let data_type = match column.serial.as_deref() {
            Some("smallserial" | "serial2") => "smallint",
            Some("serial" | "serial4") => "integer",
            Some(_) => "bigint",
            None => &column.data_type.name,
        };
        let sequence =
            table.relation.sibling(&sql::derived_name(&format!("{}_{}", table.relation.name, column.name), "_seq"));
        let default = format!("nextval({})", sql::literal(&sequence));
        let options = if column.identity { column.sequence_options.clone() } else { Some(String::new()) };
        let before = options.map(|options| format!("CREATE SEQUENCE {sequence} AS {data_type}{options};\n"));
        let after = format!("\nALTER SEQUENCE {sequence} OWNED BY {relation}.{quoted};");
        let advice = if column.identity {
            "Add a plain column that draws from a sequence and fill it in batches, each statement by itself; it can become \
             an identity column afterwards, without a rewrite:"
        } else {
            "Add a plain column that draws from a sequence and fill it in batches, each statement by itself:"
        };
        let script = staged(cx, table, column, data_type, &default);
        return (advice.to_owned(), before.zip(script).map(|(before, script)| format!("{before}{script}{after}")));
    }
    match recipes::known(column.default.as_ref()) {
        Some(default) if !column.data_type.is_domain => (
            "Add the column empty, give it its default, and fill the old rows in batches, each statement by itself:"
                .to_owned(),
            staged(cx, table, column, &format!("{}{}", column.data_type.name, column.attributes), default),
        ),
        _ if column.data_type.is_domain => (
            format!(
                "Give the column the domain's base type ({}) and the table the domain's checks, added NOT VALID and validated \
                 in another transaction.",
                column.data_type.base
            ),
            None,
        ),
        _ => ("Add the column empty, give it its default, and fill the old rows in batches.".to_owned(), None),
    }
}

/// Column, default, old rows in batches, NOT NULL.
fn staged(cx: &Context, table: &Table, column: &ColumnDef, data_type: &str, default: &str) -> Option<String> {
    let (relation, quoted) = (table.relation.sql(), sql::ident(&column.name));
    let fill = recipes::backfill(table, &format!("{quoted} = DEFAULT"), Some(&format!("{quoted} IS NULL")))?;
    let script = format!(
        "ALTER TABLE {relation} ADD COLUMN {quoted} {data_type};\n\
         ALTER TABLE {relation} ALTER COLUMN {quoted} SET DEFAULT {default};\n\
         {fill}"
    );
    Some(not_null_behind(cx, table, column, script))
}

/// The script, and what makes the column NOT NULL where it is to be.
fn not_null_behind(cx: &Context, table: &Table, column: &ColumnDef, mut script: String) -> String {
    if column.not_null {
        script.push('\n');
        script.push_str(&recipes::not_null(cx, table, &column.name));
    }
    script
}
