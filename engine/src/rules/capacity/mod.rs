//! What runs out.

mod attribute_number_exhaustion;
mod int_key_usage;
mod multixact_wraparound;
mod sequence_column_mismatch;
mod sequence_exhaustion;
mod shared_sequence;
mod table_huge;
mod toast_value_exhaustion;
mod xid_wraparound;

use crate::facts::{Column, Database, Sequence, Table, TypeName};
use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &xid_wraparound::RULE,
    &multixact_wraparound::RULE,
    &sequence_exhaustion::RULE,
    &sequence_column_mismatch::RULE,
    &shared_sequence::RULE,
    &int_key_usage::RULE,
    &attribute_number_exhaustion::RULE,
    &toast_value_exhaustion::RULE,
    &table_huge::RULE,
];

/// A column that draws from a sequence.
struct Feed<'a> {
    table: &'a Table,
    column: &'a Column,
}

impl Feed<'_> {
    /// The column as SQL, with its table.
    fn sql(&self) -> String {
        format!("{}.{}", self.table.relation.sql(), crate::sql::ident(&self.column.name))
    }
}

/// The columns that draw from the sequence.
fn feeds<'a>(database: &'a Database, sequence: &Sequence) -> Vec<Feed<'a>> {
    let find = |(oid, number): &(u32, i16)| {
        let table = database.table(*oid)?;
        Some(Feed { table, column: table.column_by_number(*number)? })
    };
    sequence.feeds.iter().filter_map(find).collect()
}

/// The least and the greatest number of an integer type, by its name.
fn range_of_name(name: &str) -> Option<(i64, i64)> {
    match name {
        "smallint" => Some((i64::from(i16::MIN), i64::from(i16::MAX))),
        "integer" => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
        "bigint" => Some((i64::MIN, i64::MAX)),
        _ => None,
    }
}

/// The least and the greatest number of a column of an integer type; none for other types.
fn range_of(data_type: &TypeName) -> Option<(i64, i64)> {
    if data_type.is_array { None } else { range_of_name(&data_type.base) }
}

/// The two counters that wrap around.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counter {
    Transaction,
    Multixact,
}

/// Where the ages of a counter become a finding.
struct Marks {
    /// Autovacuum freezes from here on, wanted or not.
    freeze_max_age: i64,
    warning: i64,
    error: i64,
}

impl Counter {
    fn noun(self) -> &'static str {
        match self {
            Counter::Transaction => "transaction ids",
            Counter::Multixact => "multixact ids",
        }
    }

    fn of_database(self, database: &crate::facts::DatabaseAge) -> i64 {
        if self == Counter::Transaction { database.xid_age } else { database.multixact_age }
    }

    fn of_relation(self, relation: &crate::facts::RelationAge) -> i64 {
        if self == Counter::Transaction { relation.xid_age } else { relation.multixact_age }
    }

    fn settings(self) -> (&'static str, f64, &'static str) {
        match self {
            Counter::Transaction => ("autovacuum_freeze_max_age", 200_000_000.0, "vacuum_failsafe_age"),
            Counter::Multixact => {
                ("autovacuum_multixact_freeze_max_age", 400_000_000.0, "vacuum_multixact_failsafe_age")
            }
        }
    }

    /// A table's own limit can only be lower than the server's.
    fn marks(self, database: &Database, cx: &crate::context::Context, own: Option<i64>) -> Marks {
        let (limit, default, failsafe) = self.settings();
        let server = database.setting_number(limit).unwrap_or(default) as i64;
        let freeze_max_age = own.map_or(server, |own| own.min(server));
        let failsafe = database.setting_number(failsafe).unwrap_or(1.6e9) as i64;
        // 2^31: from there on the past would be the future. The server raises its own failsafe in the same way.
        let wrap = 1_i64 << 31;
        let error = (wrap / 100 * cx.number("error_percent")).min(failsafe).max(server / 100 * 105);
        Marks { freeze_max_age, warning: freeze_max_age / 100 * cx.number("warning_percent"), error }
    }

    fn own_limit(self, options: &[String]) -> Option<i64> {
        let (limit, ..) = self.settings();
        options
            .iter()
            .find_map(|option| option.strip_prefix(limit)?.strip_prefix('=').and_then(crate::facts::whole))
            .map(|limit| limit as i64)
    }
}

/// The databases, and the tables of this one, whose ids reach back too far.
fn wraparound(counter: Counter, database: &Database, cx: &crate::context::Context, out: &mut crate::finding::Findings) {
    use crate::rule::Severity::Error;
    use crate::rules::state::millions;
    let marks = counter.marks(database, cx, None);
    let noun = counter.noun();
    let wrap = 1_i64 << 31;
    let mut here = false;
    // A check of one schema is not about the server.
    let databases = if database.scope.is_some() { &[][..] } else { &database.databases[..] };
    for other in databases {
        let age = counter.of_database(other);
        if age < marks.warning.min(marks.error) {
            continue;
        }
        let finding = out.object(
            "database",
            "",
            &other.name,
            format!("{} {noun} of database {} are not frozen", millions(age), crate::sql::ident(&other.name)),
        );
        if age >= marks.error {
            finding.severity(Error);
        }
        let mut detail = format!(
            "Autovacuum freezes from {} on, so it does not keep up or is held back; {} are left until the server takes no more writes, \
             in any database.",
            millions(marks.freeze_max_age),
            millions((wrap - 3_000_000 - age).max(0))
        );
        finding.evidence("age", age).evidence("freeze_max_age", marks.freeze_max_age).evidence("left", wrap - age);
        finding.impact(0, 0, age.unsigned_abs());
        if !other.current {
            if !other.allows_connections {
                detail.push_str(" It takes no connections; only autovacuum can vacuum it.");
            }
            finding
                .detail(detail)
                .advice("Run the check in that database: it names the tables that reach back farthest.");
            continue;
        }
        here = true;
        let oldest: Vec<_> =
            database.oldest.iter().filter(|table| counter.of_relation(table) >= marks.warning).collect();
        let mut vacuumed: Vec<String> = Vec::new();
        for table in oldest.iter().filter(|table| !table.is_temporary) {
            let name = table.vacuum_sql();
            if !vacuumed.contains(&name) {
                vacuumed.push(name);
            }
        }
        let temporary = oldest.iter().filter(|table| table.is_temporary).count();
        if temporary > 0 {
            detail.push_str(&format!(
                " {temporary} of the oldest tables are temporary ones of other sessions, which nobody else can vacuum: end those sessions."
            ));
        }
        // The ids of the shared catalogs count for every database, and another database's holders keep those.
        let old = || database.horizon_holders.iter().filter(|holder| holder.xid_age >= marks.warning);
        if let Some(holder) = old().find(|holder| holder.elsewhere.is_none()).or_else(|| old().next()) {
            detail.push_str(&format!(" {} holds them back.", crate::rules::state::holder(holder)));
        }
        finding.detail(detail);
        if vacuumed.is_empty() {
            finding.advice("Free what holds the ids back; then autovacuum does the rest.");
        } else {
            let sql: Vec<String> = vacuumed.iter().take(10).map(|name| format!("VACUUM (FREEZE) {name};")).collect();
            finding
                .advice("Freeze what reaches back farthest, and what holds it back goes first:")
                .remedy(sql.join("\n"));
        }
    }
    if here {
        return;
    }
    // A table with a limit of its own may be late before the database is.
    for table in database.tables.iter().filter(|table| !*table.relation.exempt) {
        let (Some(state), relation) = (table.state.as_deref(), &table.relation) else { continue };
        let toast = state.toast_state.as_ref();
        let ages = match counter {
            Counter::Transaction => (state.xid_age, toast.and_then(|toast| toast.xid_age)),
            Counter::Multixact => (state.multixact_age, toast.and_then(|toast| toast.multixact_age)),
        };
        // TOAST follows the options of its table unless it has any of its own.
        let own = counter.own_limit(&state.options);
        let toast_own = if state.toast_options.is_empty() { own } else { counter.own_limit(&state.toast_options) };
        for (what, age, own) in [("", ages.0, own), ("the TOAST table of ", ages.1, toast_own)] {
            let (Some(age), Some(own)) = (age, own) else { continue };
            let marks = counter.marks(database, cx, Some(own));
            if age < marks.warning {
                continue;
            }
            let message = format!("{noun} of {what}{} reach back farther than it allows", relation.display());
            out.relation(relation, message)
                .detail(format!(
                    "It wants to be frozen from an age of {} on ({}), and is {} old.",
                    millions(marks.freeze_max_age),
                    counter.settings().0,
                    millions(age)
                ))
                .advice("Freeze it; this reads the table and blocks nobody:")
                .remedy(format!("VACUUM (FREEZE) {};", relation.sql()))
                .evidence("age", age)
                .evidence("freeze_max_age", marks.freeze_max_age)
                .discriminator(what);
        }
    }
}
