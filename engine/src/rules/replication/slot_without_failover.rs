//! A logical slot that a failover loses.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "slot-without-failover",
    category: Replication,
    severity: Info,
    title: "a logical slot does not survive a failover to the standby",
    why: "Slots are not replicated. Where a standby is there to take over, a logical slot without failover is missing on it \
          afterwards: its subscriber stops, and must copy everything again. Since 17 slots with failover are copied to \
          standbys with sync_replication_slots.",
    remedy: "ALTER SUBSCRIPTION ... SET (failover = true) on the subscriber (disabled for the time), and set \
             sync_replication_slots on the standby and synchronized_standby_slots here.",
    parameters: &[],
    sources: &[Guide("S-409"), Manual("logical-replication-failover", "Logical Replication Failover")],
    examples: &[
        bad("SELECT 1;")
            .unit()
            .title("a logical slot without failover on a primary with a standby, 17 and later")
            .advice(),
        good("SELECT 1;").title("no standby"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let Some(state) = &database.state else { return };
    // Only where there is a physical slot with a reader is a standby certain.
    if database.server.in_recovery || !state.slots.iter().any(|slot| !slot.logical && !slot.temporary && slot.active) {
        return;
    }
    for slot in state.slots.iter().filter(|slot| slot.logical && !slot.temporary && slot.failover == Some(false)) {
        let name = sql::ident(&slot.name);
        out.object("replication slot", "", &slot.name, format!("logical slot {name} does not survive a failover"))
            .detail("A standby is connected, and the slot is not copied to it.")
            .advice("ALTER SUBSCRIPTION ... SET (failover = true) on the subscriber, and sync_replication_slots on the standby.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::server_findings;

    #[test]
    fn only_with_a_standby_and_where_failover_exists() {
        let slot = |logical: bool, failover: Option<bool>| Slot { logical, failover, active: true, ..Slot::default() };
        let found = |slots: Vec<Slot>| server_findings(&RULE, ServerState { slots, ..ServerState::default() }).len();
        assert_eq!(found(vec![slot(false, Some(false)), slot(true, Some(false))]), 1);
        assert_eq!(found(vec![slot(true, Some(false))]), 0);
        assert_eq!(found(vec![slot(false, None), slot(true, None)]), 0);
        assert_eq!(found(vec![slot(false, Some(false)), slot(true, Some(true))]), 0);
    }
}
