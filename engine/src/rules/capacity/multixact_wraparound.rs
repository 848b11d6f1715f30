//! Multixact ids, which stand for several lockers of one row, run out like transaction ids.

use super::{Counter, wraparound};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "multixact-wraparound",
    category: Capacity,
    severity: Warning,
    title: "multixact ids are not frozen in time",
    why: "A row that several transactions lock at once (foreign keys do that to the row they refer to) is marked with a multixact \
          id. These have 32 bits as well, and when the oldest is too old the server refuses whatever needs a new one, in all \
          databases. Autovacuum freezes from autovacuum_multixact_freeze_max_age on; an age well above that says that it cannot.",
    remedy: "End what holds the ids back, then VACUUM (FREEZE) the oldest tables. Where they come from is worth a look: many sessions that \
             insert children of one parent row, or SELECT ... FOR SHARE on the same rows.",
    parameters: &[
        Parameter {
            name: "warning_percent",
            default: Integer(125),
            what: "a warning from this age on: per cent of autovacuum_multixact_freeze_max_age, the table's own where it has one",
        },
        Parameter {
            name: "error_percent",
            default: Integer(50),
            what: "an error from this age on: per cent of 2,147,483,648; at the latest from vacuum_multixact_failsafe_age on",
        },
    ],
    sources: &[Guide("S-251"), Manual("routine-vacuuming", "Multixacts and Wraparound")],
    examples: &[
        bad("ALTER TABLE customers SET (autovacuum_multixact_freeze_max_age = 10000);\n\
             DO $$ BEGIN\n\
             \x20   FOR n IN 1..300 LOOP\n\
             \x20       PERFORM 1 FROM customers WHERE id = 1 FOR KEY SHARE;\n\
             \x20       BEGIN\n\
             \x20           UPDATE customers SET name = 'Ada ' || n WHERE id = 1;\n\
             \x20       EXCEPTION WHEN division_by_zero THEN NULL;\n\
             \x20       END;\n\
             \x20       COMMIT;\n\
             \x20   END LOOP;\n\
             END $$;")
        .title("a table with a limit of its own (here 1 per cent of it, so that the example is short)")
        .given(with!(
            ORDERS,
            r#"SELECT architect.configure('multixact-wraparound', parameters => '{"warning_percent": 1}');"#
        )),
        good("ALTER TABLE customers SET (autovacuum_multixact_freeze_max_age = 10000);")
            .title("young enough")
            .given(ORDERS),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    wraparound(Counter::Multixact, database, cx, out);
}
