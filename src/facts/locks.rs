//! Who is in the way now, and what this transaction holds.

use engine::facts::{Blocker, LockMode};
use engine::hash::QuickMap;
use pgrx::pg_sys;

/// The locks of other sessions on relations of this database, by the relation, read once.
#[derive(Default)]
pub struct Others(QuickMap<u32, Vec<Blocker>>);

impl Others {
    /// The locks on these relations.
    pub fn on(relations: &[u32]) -> Others {
        if relations.iter().all(|relation| nobody_else(*relation)) {
            Others::default()
        } else {
            Others::read(relations)
        }
    }

    /// The locks on all relations: for a text, whose hundreds of statements are judged against one look.
    pub fn all() -> Others {
        Others::read(&[])
    }

    /// Reads the shared lock table, as pg_locks does: no wait beyond the partition locks. No relations: all of them.
    fn read(relations: &[u32]) -> Others {
        let mut held: QuickMap<u32, Vec<Blocker>> = QuickMap::default();
        // SAFETY: GetLockStatusData returns a palloc'd copy of `nelements` entries; MyDatabaseId and MyProcPid are set in a
        // backend.
        unsafe {
            let data = pg_sys::GetLockStatusData();
            let database = pg_sys::MyDatabaseId.to_u32();
            let own = pg_sys::MyProcPid;
            for i in 0..(*data).nelements as usize {
                let lock = &*(*data).locks.add(i);
                let tag = &lock.locktag;
                if u32::from(tag.locktag_type) != pg_sys::LockTagType::LOCKTAG_RELATION
                    || tag.locktag_field1 != database
                    || lock.pid == own
                    || lock.leaderPid == own
                    || !relations.is_empty() && !relations.contains(&tag.locktag_field2)
                {
                    continue;
                }
                for mode in LockMode::ALL.into_iter().skip(1) {
                    let granted = lock.holdMask & (1 << (mode as i32)) != 0;
                    let waiting = lock.waitLockMode == mode as i32;
                    if granted || waiting {
                        held.entry(tag.locktag_field2).or_default().push(Blocker {
                            pid: lock.pid,
                            mode,
                            granted,
                            transaction_ms: None,
                            autovacuum: false,
                        });
                    }
                }
            }
            pg_sys::pfree(data.cast());
        }
        if !held.is_empty() {
            let ages = sessions();
            for blocker in held.values_mut().flatten() {
                if let Some(session) = ages.iter().find(|s| s.pid == blocker.pid) {
                    blocker.transaction_ms = session.transaction_ms;
                    blocker.autovacuum = session.autovacuum;
                }
            }
        }
        Others(held)
    }

    /// Who holds or awaits a lock on the relation that conflicts with the mode: the oldest transaction first, the strongest
    /// lock of each session only.
    pub fn in_the_way(&self, relation: u32, mode: LockMode) -> Vec<Blocker> {
        let mut list: Vec<Blocker> = Vec::new();
        for blocker in self.0.get(&relation).into_iter().flatten() {
            if !mode.conflicts_with(blocker.mode) {
                continue;
            }
            match list.iter_mut().find(|known| known.pid == blocker.pid && known.pid != 0) {
                Some(known) if known.mode < blocker.mode => *known = blocker.clone(),
                Some(_) => {}
                None => list.push(blocker.clone()),
            }
        }
        list.sort_by_key(|blocker| std::cmp::Reverse(blocker.transaction_ms));
        list
    }
}

/// Whether no other session holds or awaits a lock on the relation.
///
/// One look at one lock: a copy of the whole lock table for each statement would cost more than the rest of the judgement. Only
/// what is granted is seen, but who waits does so for somebody: another holder, or us, and then the answer is no.
fn nobody_else(relation: u32) -> bool {
    let mut tag = tag(relation);
    let mut holders = 0;
    // SAFETY: the tag of a relation; ACCESS EXCLUSIVE conflicts with every lock. The result is a palloc'd array.
    unsafe {
        let list = pg_sys::GetLockConflicts(&raw mut tag, pg_sys::AccessExclusiveLock as i32, &raw mut holders);
        pg_sys::pfree(list.cast());
    }
    holders == 0 && !LockMode::ALL.into_iter().skip(1).any(|mode| held_by_me(&mut tag, mode))
}

struct Session {
    pid: i32,
    transaction_ms: Option<u64>,
    autovacuum: bool,
}

/// The age of every session's transaction, from the backend status array.
fn sessions() -> Vec<Session> {
    let mut list = Vec::new();
    // SAFETY: the local copy of the backend status array is read within its bounds; it is made anew first, so that the
    // figures are of now and not of the transaction's first look.
    unsafe {
        pg_sys::pgstat_clear_backend_activity_snapshot();
        let now = pg_sys::GetCurrentTimestamp();
        for i in 1..=pg_sys::pgstat_fetch_stat_numbackends() {
            #[cfg(feature = "pg15")]
            let local = pg_sys::pgstat_fetch_stat_local_beentry(i);
            #[cfg(not(feature = "pg15"))]
            let local = pg_sys::pgstat_get_local_beentry_by_index(i);
            if local.is_null() {
                continue;
            }
            let status = &(*local).backendStatus;
            let began = status.st_xact_start_timestamp;
            list.push(Session {
                pid: status.st_procpid,
                // Timestamps count microseconds.
                transaction_ms: (began > 0).then(|| ((now - began).max(0) / 1000) as u64),
                autovacuum: status.st_backendType == pg_sys::BackendType::B_AUTOVAC_WORKER,
            });
        }
        pg_sys::pgstat_clear_backend_activity_snapshot();
    }
    list
}

/// The strongest lock of at least SHARE that this transaction holds on the relation.
pub fn strongest_held(relation: u32) -> LockMode {
    let mut tag = tag(relation);
    LockMode::ALL
        .into_iter()
        .rev()
        .take_while(|mode| *mode >= LockMode::Share)
        .find(|mode| held_by_me(&mut tag, *mode))
        .unwrap_or(LockMode::None)
}

/// Whether this transaction holds exactly this lock.
fn held_by_me(tag: &mut pg_sys::LOCKTAG, mode: LockMode) -> bool {
    // SAFETY: looks into this backend's own table of locks.
    #[cfg(any(feature = "pg15", feature = "pg16"))]
    let held = unsafe { pg_sys::LockHeldByMe(tag, mode as i32) };
    // SAFETY: as above.
    #[cfg(not(any(feature = "pg15", feature = "pg16")))]
    let held = unsafe { pg_sys::LockHeldByMe(tag, mode as i32, false) };
    held
}

/// What the lock manager knows a relation of this database by.
fn tag(relation: u32) -> pg_sys::LOCKTAG {
    pg_sys::LOCKTAG {
        // SAFETY: set in a backend.
        locktag_field1: unsafe { pg_sys::MyDatabaseId }.to_u32(),
        locktag_field2: relation,
        locktag_field3: 0,
        locktag_field4: 0,
        locktag_type: pg_sys::LockTagType::LOCKTAG_RELATION as u8,
        locktag_lockmethodid: 1,
    }
}
