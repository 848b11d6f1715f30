//! A slot that is read from, but keeps much WAL.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "slot-retention",
    category: Replication,
    severity: Warning,
    title: "a replication slot keeps much WAL",
    why: "Its reader is connected and does not keep up. The WAL stays on disk until it is confirmed; past max_slot_wal_keep_size \
          the slot is lost, and without that limit the disk fills.",
    remedy: "Find out why its reader is slow: a large transaction, a network, a disk, or an error that it repeats.",
    parameters: &[
        Parameter {
            name: "warning_bytes",
            default: Integer(5 * 1024 * 1024 * 1024),
            what: "a warning from this amount of WAL on: bytes",
        },
        Parameter {
            name: "warning_percent",
            default: Integer(70),
            what: "and from this share of max_slot_wal_keep_size on: percent",
        },
    ],
    sources: &[Guide("S-410"), Manual("view-pg-replication-slots", "wal_status")],
    examples: &[
        bad("SELECT 1;").unit().title("while the reader of a slot is 5 GB behind").advice(),
        good("SELECT pg_create_physical_replication_slot('unused');")
            .server("max_replication_slots = 6")
            .title("it keeps no WAL"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let Some(state) = &database.state else { return };
    for slot in state.slots.iter().filter(|slot| super::kept(slot) && slot.active) {
        let held = slot.retained.unwrap_or(0);
        let share = cx.number("warning_percent") as f64 / 100.0;
        let full = super::slot_keep(database).is_some_and(|keep| held as f64 >= share * keep);
        if held < cx.number("warning_bytes") && !full && slot.wal_status != "extended" {
            continue;
        }
        let held = held.max(0) as u64;
        out.object(
            "replication slot",
            "",
            &slot.name,
            format!("replication slot {} keeps {} of WAL", sql::ident(&slot.name), bytes(held)),
        )
        .detail(format!("Its reader is connected and behind; wal_status is {}.", slot.wal_status))
        .evidence("retained_bytes", held)
        .impact(held, 0, 0)
        .advice("Find out why its reader is slow.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::server_findings;

    #[test]
    fn a_reader_that_is_far_behind() {
        let slot = |retained: i64, status: &str, active: bool| Slot {
            reserves: true,
            active,
            retained: Some(retained),
            wal_status: status.to_owned(),
            ..Slot::default()
        };
        let found =
            |slot: Slot| server_findings(&RULE, ServerState { slots: vec![slot], ..ServerState::default() }).len();
        assert_eq!(found(slot(5 << 30, "reserved", true)), 1);
        assert_eq!(found(slot(1 << 30, "reserved", true)), 0);
        assert_eq!(found(slot(1 << 30, "extended", true)), 1);
        assert_eq!(found(slot(5 << 30, "reserved", false)), 0);
    }
}
