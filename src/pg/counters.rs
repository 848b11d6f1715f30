//! The cumulative statistics of relations, looked up once for each: the SQL functions would do it once for each figure.

use engine::snapshot::Counters;
use pgrx::pg_sys;
use pgrx::pg_sys::Oid;

/// Microseconds from 1970 to 2000, where the server's time begins.
const SINCE_1970: i64 = 946_684_800_000_000;

/// The counters of a relation as the caller's transaction sees them (`stats_fetch_consistency`); zeros where nothing was counted.
pub fn of(relation: u32) -> Counters {
    // SAFETY: takes any OID; the entry is the transaction's copy, and lives as long as it does at least.
    let Some(entry) = (unsafe { pg_sys::pgstat_fetch_stat_tabentry(Oid::from(relation)).as_ref() }) else {
        return Counters { newpage_updated: newpage(0), ..Counters::default() };
    };
    #[cfg(feature = "pg15")]
    let (live, dead, modified, inserted) =
        (entry.n_live_tuples, entry.n_dead_tuples, entry.changes_since_analyze, entry.inserts_since_vacuum);
    #[cfg(not(feature = "pg15"))]
    let (live, dead, modified, inserted) =
        (entry.live_tuples, entry.dead_tuples, entry.mod_since_analyze, entry.ins_since_vacuum);
    #[cfg(feature = "pg15")]
    let (scanned, moved, vacuumed, analyzed) = (
        0,
        0,
        entry.vacuum_timestamp.max(entry.autovac_vacuum_timestamp),
        entry.analyze_timestamp.max(entry.autovac_analyze_timestamp),
    );
    #[cfg(not(feature = "pg15"))]
    let (scanned, moved, vacuumed, analyzed) = (
        entry.lastscan,
        entry.tuples_newpage_updated,
        entry.last_vacuum_time.max(entry.last_autovacuum_time),
        entry.last_analyze_time.max(entry.last_autoanalyze_time),
    );
    Counters {
        scans: entry.numscans,
        returned: entry.tuples_returned,
        fetched: entry.tuples_fetched,
        last_scan: epoch(scanned),
        blocks_fetched: entry.blocks_fetched,
        blocks_hit: entry.blocks_hit,
        live,
        dead,
        inserted: entry.tuples_inserted,
        updated: entry.tuples_updated,
        deleted: entry.tuples_deleted,
        hot_updated: entry.tuples_hot_updated,
        newpage_updated: newpage(moved),
        modified_since_analyze: modified,
        inserted_since_vacuum: inserted,
        last_vacuum: epoch(vacuumed),
        last_analyze: epoch(analyzed),
    }
}

/// Counted since 16.
fn newpage(count: i64) -> Option<i64> {
    (!cfg!(feature = "pg15")).then_some(count)
}

/// A moment of the server's as seconds since 1970; 0 is never.
fn epoch(moment: i64) -> Option<f64> {
    (moment != 0).then(|| (moment + SINCE_1970) as f64 / 1e6)
}
