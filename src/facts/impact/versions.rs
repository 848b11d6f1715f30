//! Where majors and minor releases of the server differ, as data: the first versions (`server_version_num`) that behave in the new way.
//! A version that comes with several majors stands once for each; majors above the last one behave in the new way. The test
//! `pgrx-tests/tests/predicted/boundaries.rs` has a case on either side of each.

/// The first versions of a behaviour, in ascending order.
pub type First = &'static [u32];

/// ADD COLUMN gives the rows the default of the column's domain (release notes of 17.5; tried on 16.2, which does not, and on 15.20
/// and 17.11, which do).
pub const DOMAIN_DEFAULT_FILLS: First = &[150_013, 160_009, 170_005];
/// Attaching and detaching partitions lock what foreign keys connect them with (release notes of 17.1; tried as above).
pub const PARTITIONS_LOCK_THEIR_KEYS: First = &[150_009, 160_005, 170_001];
/// A new part of a partitioned index locks that index, and SET LOGGED the sequences of the columns (tried as above).
pub const PARENTS_ARE_LOCKED: First = &[150_008, 160_004, 170_000];
/// SET LOGGED, SET UNLOGGED and SET ACCESS METHOD too are refused while a column somewhere holds rows of the table.
pub const ROW_TYPE_STOPS_EVERY_REWRITE: First = &[160_000];
/// Partitioned tables have an access method, which they give to new partitions.
pub const ACCESS_METHOD_OF_PARTITIONED: First = &[170_000];
/// Partitioned tables have exclusion constraints.
pub const EXCLUSION_ON_PARTITIONED: First = &[170_000];
/// A primary key cannot take a NULLS NOT DISTINCT index.
pub const PRIMARY_KEY_WANTS_DISTINCT_NULLS: First = &[160_000];
/// An identity column of a partitioned table is one in its partitions too.
pub const IDENTITY_OF_PARTITIONS: First = &[170_000];
/// NOT NULL is a constraint with a name, which may be NOT VALID.
pub const NOT_NULL_IS_A_CONSTRAINT: First = &[180_000];
/// ADD CONSTRAINT locks everything below the table before it looks at what is added.
pub const ADD_CONSTRAINT_LOCKS_ALL: First = &[180_000];
/// A foreign key from a partitioned table may be NOT VALID.
pub const NOT_VALID_KEY_OF_PARTITIONED: First = &[180_000];
/// SET LOGGED and SET UNLOGGED are refused for partitioned tables, for which they did nothing before.
pub const PERSISTENCE_OF_PARTITIONED_REFUSED: First = &[180_000];
/// ATTACH PARTITION asks of the default partition what the bound says; before, also what the bounds of the ancestors say (a list that
/// `list_concat` changed in place).
pub const DEFAULT_HAS_BOUND_ALONE: First = &[180_000];
/// VACUUM takes ONLY, and without it goes on to the children of every table; before, to partitions only.
pub const VACUUM_RECURSES_AS_NAMED: First = &[180_000];

/// Whether the running server behaves in the new way.
pub fn since(first: First) -> bool {
    let version = crate::pg::session::server_version_num();
    let of_major = first.iter().find(|first| *first / 10_000 == version / 10_000);
    let least = of_major.or(first.last());
    least.is_none_or(|least| version >= *least)
}
