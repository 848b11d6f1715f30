//! What the partitions of a table take, and which keys they leave without a place.

use super::Oid;
use crate::sql::derived_name;

/// The most places that are looked through: a strange catalog is not to cost us memory.
pub const MOST_REMAINDERS: i64 = 100_000;

/// The most partitions that a remedy makes.
const MOST_NAMED: usize = 64;

/// Which keys the partitions of a table leave without a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PartitionCoverage {
    /// By hash.
    Hash {
        /// The greatest modulus; the others divide it.
        modulus: i64,
        /// The remainders of that modulus that no partition takes.
        missing: Vec<i64>,
        /// Names that are free for partitions of the first of them.
        names: Vec<String>,
    },
    /// By range.
    Range {
        /// What lies between two partitions that do not follow each other, as SQL: where it begins, where it ends. Empty where a
        /// DEFAULT partition takes it.
        gaps: Vec<(String, String)>,
        /// Names that are free for partitions of the first of them.
        names: Vec<String>,
    },
}

impl PartitionCoverage {
    /// What hash partitions of these moduli and remainders leave; none where that is not known.
    #[must_use]
    pub fn of_hash(bounds: &[(i64, i64)]) -> Option<PartitionCoverage> {
        if bounds.iter().any(|(modulus, remainder)| *modulus <= 0 || !(0..*modulus).contains(remainder)) {
            return None;
        }
        // Moduli divide each other, so the largest counts them all.
        let most = bounds.iter().map(|(modulus, _)| *modulus).max().filter(|most| *most <= MOST_REMAINDERS)?;
        let mut covered = vec![false; most as usize];
        for (modulus, remainder) in bounds {
            for place in (*remainder..most).step_by(*modulus as usize) {
                covered[place as usize] = true;
            }
        }
        let missing = (0..most).filter(|place| !covered[*place as usize]).collect();
        Some(PartitionCoverage::Hash { modulus: most, missing, names: Vec::new() })
    }

    /// What lies between ranges.
    #[must_use]
    pub fn of_gaps(gaps: Vec<(String, String)>) -> PartitionCoverage {
        PartitionCoverage::Range { gaps, names: Vec::new() }
    }

    /// With names for the partitions that are missing, of which none is taken: a partition that was detached still has its own.
    #[must_use]
    pub fn named(mut self, table: &str, is_taken: impl Fn(&str) -> bool) -> PartitionCoverage {
        let free = |suffix: String| {
            let name = derived_name(table, &suffix);
            let others = (2..100).map(|n| derived_name(table, &format!("{suffix}_{n}")));
            std::iter::once(name.clone()).chain(others).find(|name| !is_taken(name)).unwrap_or(name)
        };
        match &mut self {
            PartitionCoverage::Hash { missing, names, .. } => {
                *names = missing.iter().take(MOST_NAMED).map(|n| free(format!("_p{n}"))).collect();
            }
            PartitionCoverage::Range { gaps, names } => {
                *names = (1..=gaps.len()).take(MOST_NAMED).map(|n| free(format!("_gap_{n}"))).collect();
            }
        }
        self
    }

    /// Whether some key has no place.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        match self {
            PartitionCoverage::Hash { missing, .. } => !missing.is_empty(),
            PartitionCoverage::Range { gaps, .. } => !gaps.is_empty(),
        }
    }
}

/// What a partition takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PartitionBound {
    /// What no other partition takes.
    Default,
    /// A remainder of the hash of the key.
    Hash {
        /// The modulus.
        modulus: i64,
        /// The remainder.
        remainder: i64,
    },
    /// The keys between two values.
    Range {
        /// The lower end, inclusive: a value for each column of the key.
        from: Vec<BoundValue>,
        /// The upper end, exclusive.
        to: Vec<BoundValue>,
    },
    /// A list of values, or what only executing it would tell.
    #[default]
    Other,
}

/// One column's value of an end of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BoundValue {
    /// MINVALUE.
    Least,
    /// A value.
    Value {
        /// Its type.
        data_type: Oid,
        /// The collation of the key's column.
        collation: Oid,
        /// The value as its type prints it.
        text: String,
        /// The same as SQL.
        sql: String,
    },
    /// MAXVALUE.
    Most,
}

impl BoundValue {
    /// The value as SQL.
    #[must_use]
    pub fn sql(&self) -> &str {
        match self {
            BoundValue::Least => "MINVALUE",
            BoundValue::Value { sql, .. } => sql,
            BoundValue::Most => "MAXVALUE",
        }
    }
}

/// A partitioned table, for what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PartitionParent {
    /// One of the catalog.
    Catalog(Oid),
    /// One that the text makes, by its number there (`Table::family`).
    New(u32),
}

/// Where a table is a partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PartitionOf {
    /// Where the catalog says so.
    #[default]
    AsInCatalog,
    /// Nowhere: the text detached it.
    None,
    /// Where the text put it.
    Parent(PartitionParent, PartitionBound),
}

#[cfg(test)]
mod tests {
    use super::PartitionCoverage;

    #[test]
    fn the_greatest_modulus_counts() {
        let of = |bounds: &[(i64, i64)]| match PartitionCoverage::of_hash(bounds) {
            Some(PartitionCoverage::Hash { modulus, missing, .. }) => Some((modulus, missing)),
            _ => None,
        };
        assert_eq!(of(&[(4, 0), (4, 1)]), Some((4, vec![2, 3])));
        assert_eq!(of(&[(2, 0), (4, 1)]), Some((4, vec![3])));
        assert_eq!(of(&[(2, 0), (4, 1), (4, 3)]), Some((4, vec![])));
        assert_eq!(of(&[(1, 0)]), Some((1, vec![])));
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[(0, 0)]), None);
        assert_eq!(of(&[(i64::from(i32::MAX), 0)]), None);
    }

    #[test]
    fn names_are_free() {
        let gaps = vec![("1".to_owned(), "2".to_owned()), ("3".to_owned(), "4".to_owned())];
        let named = PartitionCoverage::of_gaps(gaps).named("t", |name| ["t_gap_1", "t_gap_1_2"].contains(&name));
        let PartitionCoverage::Range { names, .. } = named else { panic!("by range") };
        assert_eq!(names, ["t_gap_1_3", "t_gap_2"]);
    }
}
