//! EXECUTE of a text that no reader of the text can know.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "dynamic-sql-unseen",
    category: Transactions,
    severity: Info,
    title: "EXECUTE runs SQL that is put together when it runs",
    why: "What a DO block or a function executes as a computed text cannot be judged from the file: silence of architect.lint about it is no verdict. The guard judges DDL in it when it runs, before it takes its lock; changes of data in it nobody judges.",
    remedy: "Write the statement as it stands where its names are known, in place of EXECUTE. Where they are not, test the block against a copy of the database with the guard on.",
    parameters: &[],
    sources: &[Manual("plpgsql-statements", "Executing Dynamic Commands")],
    examples: &[
        bad("DO $$\nDECLARE\n  name text;\nBEGIN\n  FOR name IN SELECT relname FROM pg_class WHERE relname LIKE 'orders_%' LOOP\n    EXECUTE format('ALTER TABLE %I ADD COLUMN discount integer', name);\n  END LOOP;\nEND\n$$;")
            .given(ORDERS)
            .lint()
            .advice(),
        bad("CREATE FUNCTION count_rows(name text) RETURNS bigint LANGUAGE plpgsql AS $$\nDECLARE\n  n bigint;\nBEGIN\n  EXECUTE 'SELECT count(*) FROM ' || quote_ident(name) INTO n;\n  RETURN n;\nEND\n$$;")
            .title("in a function")
            .given(ORDERS)
            .lint()
            .advice(),
        good("DO $$ BEGIN EXECUTE 'ALTER TABLE orders ADD COLUMN discount integer'; END $$;")
            .title("a constant is judged as it stands")
            .given(ORDERS)
            .lint(),
        good("DO $$ BEGIN ALTER TABLE orders ADD COLUMN discount integer; END $$;").title("static SQL").given(ORDERS).lint(),
        good("PREPARE one AS SELECT 1;\nEXECUTE one;").title("a prepared statement").lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, _: &Context, out: &mut Findings) {
    let Ddl::DynamicSql { expression } = &statement.ddl else { return };
    const SHOWN: usize = 100;
    let one_line = expression.split_whitespace().collect::<Vec<_>>().join(" ");
    let shown: String = one_line.chars().take(SHOWN).collect();
    let dots = if one_line.chars().count() > SHOWN { " ..." } else { "" };
    out.object("statement", "", "EXECUTE", "EXECUTE runs SQL that is put together when it runs")
        .detail(format!("The text is {shown}{dots}. It is judged when it runs, and not here."))
        .advice("Write the statement as it stands where its names are known.")
        .discriminator(expression.as_str());
}
