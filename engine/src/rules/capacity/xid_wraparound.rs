//! Transaction ids are reused; rows that are not frozen by then would come from the future.

use super::{Counter, wraparound};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "xid-wraparound",
    category: Capacity,
    severity: Warning,
    title: "transaction ids are not frozen in time",
    why: "Transaction ids have 32 bits. When the oldest one that is not frozen is 2.1 billion transactions old, the server refuses \
          every write, in all databases, until somebody has vacuumed. Autovacuum freezes from autovacuum_freeze_max_age on, even \
          where it is switched off; an age well above that says that it cannot: it is too slow, it is held back by an old \
          transaction, a replication slot or a prepared transaction, or the tables are temporary ones of other sessions.",
    remedy: "End what holds the ids back (xmin-horizon-blocked names it), then VACUUM (FREEZE) the oldest tables, TOAST goes along; give \
             autovacuum more cost limit. Do not wait for the failsafe: from vacuum_failsafe_age on VACUUM skips indexes and \
             its own brakes.",
    parameters: &[
        Parameter {
            name: "warning_percent",
            default: Integer(125),
            what: "a warning from this age on: per cent of autovacuum_freeze_max_age, the table's own where it has one",
        },
        Parameter {
            name: "error_percent",
            default: Integer(50),
            what: "an error from this age on: per cent of 2,147,483,648 transactions; at the latest from vacuum_failsafe_age on",
        },
    ],
    sources: &[
        Guide("S-251"),
        Manual("routine-vacuuming", "Preventing Transaction ID Wraparound Failures"),
        Manual("runtime-config-client", "vacuum_failsafe_age"),
    ],
    examples: &[
        bad("ALTER TABLE orders SET (autovacuum_freeze_max_age = 100000);\n\
             DO $$ BEGIN FOR n IN 1..3000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$;")
        .title("a table with a limit of its own (here 1 per cent of it, so that the example is short)")
        .given(with!(
            EMPTY_ORDERS,
            r#"SELECT architect.configure('xid-wraparound', parameters => '{"warning_percent": 1}');"#
        )),
        good("ALTER TABLE orders SET (autovacuum_freeze_max_age = 100000);").title("young enough").given(EMPTY_ORDERS),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    wraparound(Counter::Transaction, database, cx, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Wanted;
    use crate::policy::Policy;

    fn judged(database: &Database) -> Vec<Finding> {
        let all = crate::judge::database(database, &Policy::default(), &Wanted::default(), &mut || ());
        all.findings.into_iter().filter(|finding| finding.rule.name.ends_with("-wraparound")).collect()
    }

    fn of(age: i64, multixact_age: i64) -> Database {
        let here = DatabaseAge {
            name: "shop".into(),
            current: true,
            allows_connections: true,
            xid_age: age,
            multixact_age,
            ..DatabaseAge::default()
        };
        Database { databases: vec![here], ..Database::default() }
    }

    fn table(oid: Oid, age: i64) -> RelationAge {
        RelationAge { oid, schema: "shop".into(), name: format!("t{oid}"), xid_age: age, ..RelationAge::default() }
    }

    #[test]
    fn what_autovacuum_is_about_to_do_is_no_news() {
        assert!(judged(&of(210_000_000, 0)).is_empty());
    }

    #[test]
    fn late_is_a_warning_and_half_way_an_error() {
        let late = judged(&of(300_000_000, 0));
        assert_eq!((late.len(), late[0].severity), (1, Warning));
        let half = judged(&of(1_100_000_000, 0));
        assert_eq!((half.len(), half[0].severity), (1, Error));
        assert_eq!(half[0].rule.name, "xid-wraparound");
    }

    #[test]
    fn multixacts_have_their_own_limit() {
        assert!(judged(&of(0, 450_000_000)).is_empty());
        let late = judged(&of(0, 600_000_000));
        assert_eq!((late.len(), late[0].rule.name), (1, "multixact-wraparound"));
    }

    #[test]
    fn the_oldest_tables_are_named_toast_by_its_table() {
        let mut database = of(300_000_000, 0);
        let toast = RelationAge {
            is_toast: true,
            schema: "pg_toast".into(),
            toast_of: Some((9, "shop".into(), "orders".into())),
            ..table(8, 299_000_000)
        };
        let temporary = RelationAge { is_temporary: true, schema: "pg_temp_3".into(), ..table(5, 300_000_000) };
        database.oldest = vec![temporary, toast, table(7, 10)];
        let findings = judged(&database);
        assert_eq!(findings[0].remedy, "VACUUM (FREEZE) shop.orders;");
        assert!(findings[0].detail.contains("temporary"), "{}", findings[0].detail);
    }

    #[test]
    fn a_high_limit_of_the_server_moves_both_marks() {
        let mut database = of(1_100_000_000, 0);
        let setting = Setting { value: "1500000000".into(), ..Setting::default() };
        database.settings.insert("autovacuum_freeze_max_age".into(), setting);
        assert!(judged(&database).is_empty());
    }

    #[test]
    fn another_database_stops_this_one_too() {
        let mut database = of(10, 0);
        database.databases.push(DatabaseAge {
            name: "template0".into(),
            is_template: true,
            xid_age: 900_000_000,
            ..DatabaseAge::default()
        });
        let findings = judged(&database);
        assert!(findings[0].detail.contains("takes no connections"), "{}", findings[0].detail);
    }

    #[test]
    fn who_holds_it_is_named() {
        let mut database = of(300_000_000, 0);
        database.server.reads_all_stats = true;
        database.horizon_holders = vec![HorizonHolder {
            kind: HolderKind::Slot,
            name: "archive".into(),
            xid_age: 299_000_000,
            state: "inactive".into(),
            ..HorizonHolder::default()
        }];
        assert!(judged(&database)[0].detail.contains("replication slot archive"));
    }
}
