//! A slot that cannot be read from any more.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "slot-lost",
    category: Replication,
    severity: Error,
    title: "a replication slot is lost, or about to be",
    why: "WAL that the reader still needs is gone, or goes with the next checkpoint, or the slot was made invalid. The standby or \
          subscriber behind it cannot go on and must be made anew.",
    remedy: "Drop the slot and make the standby or the subscription again. Raise max_slot_wal_keep_size where its reader may be \
             away for longer.",
    parameters: &[],
    sources: &[Guide("S-410"), Manual("view-pg-replication-slots", "wal_status")],
    examples: &[
        bad("SELECT pg_create_physical_replication_slot('lost', true);\n\
             CREATE TABLE noise (id bigint PRIMARY KEY);\n\
             SELECT pg_switch_wal();\nINSERT INTO noise VALUES (1);\nSELECT pg_switch_wal();\nINSERT INTO noise VALUES (2);\n\
             SELECT pg_switch_wal();\nINSERT INTO noise VALUES (3);\nCHECKPOINT;\nDROP TABLE noise;")
        .server("max_slot_wal_keep_size = 1MB\nmax_wal_size = 32MB\nmin_wal_size = 32MB\nwal_keep_size = 0\nmax_connections = 28")
        .advice(),
        good("SELECT 1;"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let Some(state) = &database.state else { return };
    for slot in state.slots.iter().filter(|slot| super::lost(slot)) {
        let why = match (&slot.invalid, slot.wal_status.as_str()) {
            (Some(reason), _) => format!("It was made invalid: {reason}."),
            (None, "lost") => "WAL that its reader needs is gone.".to_owned(),
            _ => "WAL that its reader needs goes with the next checkpoint.".to_owned(),
        };
        let gone = slot.wal_status != "unreserved" || slot.invalid.is_some();
        let name = sql::ident(&slot.name);
        let message = if gone {
            format!("replication slot {name} is lost")
        } else {
            format!("replication slot {name} is about to be lost")
        };
        let finding = out.object("replication slot", "", &slot.name, message);
        finding.detail(why).evidence("wal_status", slot.wal_status.as_str());
        if gone && !slot.active && !slot.synced {
            finding.advice(format!(
                "Make the standby or the subscription again, and drop the slot: SELECT pg_drop_replication_slot({});",
                sql::literal(&slot.name)
            ));
        } else {
            finding.advice("Let its reader catch up at once, or make the standby or the subscription again.");
        }
    }
}
