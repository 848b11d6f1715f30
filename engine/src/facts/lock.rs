//! Table-level locks and what they conflict with.
//! Source: PostgreSQL manual, 13.3.1 "Table-Level Locks"; `src/backend/storage/lmgr/lock.c`, `LockConflicts`.

use serde::{Deserialize, Serialize};

/// A table-level lock mode, weakest first; the discriminant is PostgreSQL's own number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum LockMode {
    /// No lock.
    #[default]
    None = 0,
    /// `SELECT`.
    AccessShare = 1,
    /// `SELECT FOR UPDATE`; the referenced table of a foreign key under `VALIDATE CONSTRAINT`.
    RowShare = 2,
    /// `INSERT`, `UPDATE`, `DELETE`.
    RowExclusive = 3,
    /// `VACUUM`, `ANALYZE`, `CREATE INDEX CONCURRENTLY`, `VALIDATE CONSTRAINT`.
    ShareUpdateExclusive = 4,
    /// `CREATE INDEX`.
    Share = 5,
    /// `CREATE TRIGGER`, `ADD FOREIGN KEY`.
    ShareRowExclusive = 6,
    /// `REFRESH MATERIALIZED VIEW CONCURRENTLY`.
    Exclusive = 7,
    /// Most of `ALTER TABLE`, `DROP TABLE`.
    AccessExclusive = 8,
}

impl LockMode {
    /// Every mode, weakest first, `None` included.
    pub const ALL: [LockMode; 9] = [
        LockMode::None,
        LockMode::AccessShare,
        LockMode::RowShare,
        LockMode::RowExclusive,
        LockMode::ShareUpdateExclusive,
        LockMode::Share,
        LockMode::ShareRowExclusive,
        LockMode::Exclusive,
        LockMode::AccessExclusive,
    ];

    /// The mode with PostgreSQL's number `n`; `None` for a number that is no lock mode.
    #[must_use]
    pub fn from_number(n: i32) -> LockMode {
        usize::try_from(n).ok().and_then(|n| Self::ALL.get(n).copied()).unwrap_or(LockMode::None)
    }

    /// The name that the manual uses, as in `LOCK TABLE ... IN ACCESS EXCLUSIVE MODE`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            LockMode::None => "none",
            LockMode::AccessShare => "ACCESS SHARE",
            LockMode::RowShare => "ROW SHARE",
            LockMode::RowExclusive => "ROW EXCLUSIVE",
            LockMode::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            LockMode::Share => "SHARE",
            LockMode::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            LockMode::Exclusive => "EXCLUSIVE",
            LockMode::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// Whether two sessions cannot hold the two modes on one relation at the same time.
    #[must_use]
    pub fn conflicts_with(self, other: LockMode) -> bool {
        use LockMode as L;
        let conflicts: &[LockMode] = match self {
            L::None => &[],
            L::AccessShare => &[L::AccessExclusive],
            L::RowShare => &[L::Exclusive, L::AccessExclusive],
            L::RowExclusive => &[L::Share, L::ShareRowExclusive, L::Exclusive, L::AccessExclusive],
            L::ShareUpdateExclusive => {
                &[L::ShareUpdateExclusive, L::Share, L::ShareRowExclusive, L::Exclusive, L::AccessExclusive]
            }
            L::Share => {
                &[L::RowExclusive, L::ShareUpdateExclusive, L::ShareRowExclusive, L::Exclusive, L::AccessExclusive]
            }
            L::ShareRowExclusive => &[
                L::RowExclusive,
                L::ShareUpdateExclusive,
                L::Share,
                L::ShareRowExclusive,
                L::Exclusive,
                L::AccessExclusive,
            ],
            L::Exclusive => &[
                L::RowShare,
                L::RowExclusive,
                L::ShareUpdateExclusive,
                L::Share,
                L::ShareRowExclusive,
                L::Exclusive,
                L::AccessExclusive,
            ],
            L::AccessExclusive => return other != L::None,
        };
        conflicts.contains(&other)
    }

    /// Whether plain `SELECT` has to wait.
    #[must_use]
    pub fn blocks_reads(self) -> bool {
        self.conflicts_with(LockMode::AccessShare)
    }

    /// Whether `INSERT`, `UPDATE` and `DELETE` have to wait.
    #[must_use]
    pub fn blocks_writes(self) -> bool {
        self.conflicts_with(LockMode::RowExclusive)
    }

    /// What has to wait, in words: `reads and writes`, `writes`, `other schema changes`, `nothing`.
    #[must_use]
    pub fn blocks(self) -> &'static str {
        if self.blocks_reads() {
            "reads and writes"
        } else if self.blocks_writes() {
            "writes"
        } else if self >= LockMode::ShareUpdateExclusive {
            "other schema changes"
        } else {
            "nothing"
        }
    }
}

impl std::fmt::Display for LockMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::LockMode;

    #[test]
    fn conflicts_are_mutual() {
        for a in LockMode::ALL {
            for b in LockMode::ALL {
                assert_eq!(a.conflicts_with(b), b.conflicts_with(a), "{a} and {b}");
            }
        }
    }

    #[test]
    fn what_is_blocked() {
        assert_eq!(LockMode::AccessExclusive.blocks(), "reads and writes");
        assert_eq!(LockMode::Exclusive.blocks(), "writes");
        assert_eq!(LockMode::Share.blocks(), "writes");
        assert_eq!(LockMode::ShareUpdateExclusive.blocks(), "other schema changes");
        assert_eq!(LockMode::RowExclusive.blocks(), "nothing");
    }
}
