//! Dropped columns count towards the 1600 that a table may have.

use crate::rule::prelude::*;
use crate::rules::state::percent;

/// The most columns that a table may ever have had (`MaxHeapAttributeNumber`).
const MOST: i64 = 1600;

/// The rule.
pub static RULE: Rule = Rule {
    name: "attribute-number-exhaustion",
    category: Capacity,
    severity: Warning,
    title: "a table has nearly used up its 1600 column numbers",
    why: "A table can have 1600 columns in its life. DROP COLUMN hides a column and keeps its number for ever, so a table whose \
          columns are added and dropped by a tool (an import, a column per tenant or per attribute) ends with 'tables can \
          have at most 1600 columns', however few it shows. Nothing but a new table gives the numbers back; VACUUM FULL does not.",
    remedy: "Copy the table into a new one (CREATE TABLE ... (LIKE ... INCLUDING ALL), fill it, swap the names), and put what \
             comes and goes into rows or a jsonb column.",
    parameters: &[
        Parameter {
            name: "warning_percent",
            default: Integer(80),
            what: "a warning from this share of the 1600 numbers: per cent",
        },
        Parameter {
            name: "error_percent",
            default: Integer(95),
            what: "an error from this share of the 1600 numbers: per cent",
        },
    ],
    sources: &[
        Guide("S-108"),
        Manual("limits", "columns per table"),
        Code("src/include/access/htup_details.h", "MaxHeapAttributeNumber"),
    ],
    examples: &[
        bad("DO $$ BEGIN\n\
             \x20   FOR n IN 1..100 LOOP\n\
             \x20       ALTER TABLE imports ADD COLUMN extra text;\n\
             \x20       ALTER TABLE imports DROP COLUMN extra;\n\
             \x20   END LOOP;\n\
             END $$;")
        .title("columns that come and go (here 5 per cent, so that the example is short)")
        .given(
            "CREATE TABLE imports (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);\n\
             SELECT architect.configure('attribute-number-exhaustion', parameters => '{\"warning_percent\": 5}');",
        )
        .advice(),
        good("ALTER TABLE orders ADD COLUMN priority integer;\nALTER TABLE orders DROP COLUMN priority;")
            .given(EMPTY_ORDERS),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let share = percent(state.attributes as f64, MOST as f64);
    if relation.is_partition || share < cx.integer("warning_percent", relation) {
        return;
    }
    let dropped = state.attributes - table.columns.len() as i64;
    let finding = out.relation(
        relation,
        format!(
            "table {} has used {} of its 1,600 column numbers",
            relation.display(),
            count(state.attributes.unsigned_abs())
        ),
    );
    if share >= cx.integer("error_percent", relation) {
        finding.severity(Error);
    }
    finding
        .detail(format!(
            "{} are columns, {} were dropped and keep their numbers. {} can be added, then ADD COLUMN fails.",
            count(table.columns.len() as u64),
            count(dropped.unsigned_abs()),
            count((MOST - state.attributes).unsigned_abs())
        ))
        .advice("Copy the table into a new one and swap the names: only a new table has its numbers back.")
        .evidence("used", state.attributes)
        .evidence("dropped", dropped);
}
