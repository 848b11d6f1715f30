//! A replication slot that nobody reads from.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "slot-inactive",
    category: Replication,
    severity: Warning,
    title: "nobody reads from a replication slot that keeps WAL",
    why: "A slot keeps all WAL that its reader has not confirmed, and a logical slot keeps old rows of the catalogs from VACUUM \
          too. When the reader is gone for good, the slot stays: pg_wal grows until the disk is full and the server stops, \
          unless max_slot_wal_keep_size ends it before.",
    remedy: "Bring the reader back, or drop the slot when it is gone for good. Set max_slot_wal_keep_size: then a slot is lost in place of the server.",
    parameters: &[
        Parameter {
            name: "grace_minutes",
            default: Integer(10),
            what: "a slot whose reader left later than this ago (known from 17 on) is none yet, unless it keeps too much WAL: minutes",
        },
        Parameter {
            name: "error_bytes",
            default: Integer(5 * 1024 * 1024 * 1024),
            what: "an inactive slot that keeps as much WAL is an error: bytes",
        },
        Parameter {
            name: "error_percent",
            default: Integer(90),
            what: "so is one with this share of max_slot_wal_keep_size: percent",
        },
    ],
    sources: &[
        Guide("S-410"),
        Manual("view-pg-replication-slots", "active"),
        Manual("runtime-config-replication", "max_slot_wal_keep_size"),
    ],
    examples: &[
        bad("SELECT pg_create_physical_replication_slot('gone', true);")
            .given("SELECT architect.configure('slot-inactive', parameters => '{\"grace_minutes\": 0}');")
            .server(SLOTS)
            .title("from 0 minutes on here")
            .advice(),
        good("SELECT pg_create_physical_replication_slot('restarting', true);")
            .server(SLOTS)
            .title("its reader may be restarting (known from 17 on)")
            .since(17),
        good("SELECT pg_create_physical_replication_slot('passing', true, true);")
            .title("temporary: it goes with its session"),
        good("SELECT pg_create_physical_replication_slot('unused');")
            .server(SLOTS)
            .title("never used: it keeps no WAL"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

const SLOTS: &str = "max_replication_slots = 7\nmax_connections = 27";

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let Some(state) = &database.state else { return };
    for slot in state.slots.iter().filter(|slot| super::kept(slot) && !slot.active) {
        let held = slot.retained.unwrap_or(0).max(0) as u64;
        let keep = super::slot_keep(database);
        let full = keep.is_some_and(|keep| held as f64 >= keep * cx.number("error_percent") as f64 / 100.0);
        let much = i64::try_from(held).unwrap_or(i64::MAX) >= cx.number("error_bytes");
        let away = slot.inactive_since.map(|since| database.server.now - since);
        if !(full || much) && away.is_some_and(|seconds| seconds < 60.0 * cx.number("grace_minutes") as f64) {
            continue;
        }
        let since = slot.inactive_since.map_or(String::new(), |since| {
            format!(
                ", and nobody has read from it since {} ago",
                duration(((database.server.now - since).max(0.0) * 1000.0) as u64)
            )
        });
        let limit = match keep {
            Some(keep) => format!("max_slot_wal_keep_size is {}.", bytes(keep as u64)),
            None => "max_slot_wal_keep_size is -1: nothing stops it from filling the disk.".to_owned(),
        };
        let kind = if slot.logical { "logical" } else { "physical" };
        out.object(
            "replication slot",
            "",
            &slot.name,
            format!("nobody reads from {kind} replication slot {}", sql::ident(&slot.name)),
        )
        .severity(if full || much { Error } else { Warning })
        .detail(format!(
            "It keeps {} of WAL{}. {limit}",
            bytes(held),
            since.replace("since ", "for ").replace(" ago", "")
        ))
        .evidence("retained_bytes", held)
        .impact(held, 0, 0)
        // Whether its reader comes back nobody knows here: no step of a script.
        .advice(format!(
            "Bring its reader back. When that is gone for good: SELECT pg_drop_replication_slot({});",
            sql::literal(&slot.name)
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::server_findings;

    #[test]
    fn what_it_keeps_decides_how_bad_it_is() {
        let slot = Slot { name: "s".to_owned(), reserves: true, wal_status: "reserved".to_owned(), ..Slot::default() };
        let found = |slot: Slot| {
            let state = ServerState { slots: vec![slot], ..ServerState::default() };
            server_findings(&RULE, state).first().map(|finding| finding.severity)
        };
        let with = |retained: i64| Slot { retained: Some(retained), ..slot.clone() };
        assert_eq!(found(with(1)), Some(Warning));
        assert_eq!(found(with(5 << 30)), Some(Error));
        assert_eq!(found(Slot { active: true, ..with(5 << 30) }), None);
        assert_eq!(found(Slot { temporary: true, ..with(1) }), None);
        assert_eq!(found(Slot { synced: true, ..with(1) }), None);
        assert_eq!(found(Slot { reserves: false, ..with(0) }), None);
        // The clock of the server stands at 0 here.
        assert_eq!(found(Slot { inactive_since: Some(-599.0), ..with(1) }), None, "its reader may be restarting");
        assert_eq!(found(Slot { inactive_since: Some(-600.0), ..with(1) }), Some(Warning));
        assert_eq!(found(Slot { inactive_since: Some(-1.0), ..with(5 << 30) }), Some(Error));
        assert_eq!(found(Slot { wal_status: "lost".to_owned(), ..with(1) }), None, "another rule tells");
    }
}
