//! What rules over the state of a database share: which tables count, and whether the counters may be believed.

use crate::context::Context;
use crate::facts::*;
use crate::finding::Findings;
use crate::text::list;
use std::ops::Deref;

/// The tables and materialised views that may be judged, partitions and children left out: their root speaks for them.
pub fn roots(database: &Database) -> impl Iterator<Item = (&Table, &TableState)> {
    database.tables.iter().filter_map(|table| {
        let relation = &table.relation;
        let judged = !*relation.exempt
            && !relation.is_partition
            && relation.kind != RelationKind::ForeignTable
            && relation.persistence != Persistence::Temporary
            && database.in_scope(relation.oid);
        table.state.as_deref().filter(|_| judged).map(|state| (table, state))
    })
}

/// The tables with storage behind a root: itself, or its partitions.
pub enum Heaps<'a> {
    /// Most tables by far.
    Itself([(&'a Table, &'a TableState); 1]),
    /// Those of a tree; or none.
    Tree(Vec<(&'a Table, &'a TableState)>),
}

impl<'a> Deref for Heaps<'a> {
    type Target = [(&'a Table, &'a TableState)];

    fn deref(&self) -> &Self::Target {
        match self {
            Heaps::Itself(list) => list,
            Heaps::Tree(list) => list,
        }
    }
}

impl<'a, 'b> IntoIterator for &'b Heaps<'a> {
    type Item = &'b (&'a Table, &'a TableState);
    type IntoIter = std::slice::Iter<'b, (&'a Table, &'a TableState)>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// The tables with storage behind a root: itself, or its partitions. Those of extensions are left out.
pub fn heaps<'a>(database: &'a Database, root: &'a Table) -> Heaps<'a> {
    if let Some(state) = root.state.as_deref()
        && state.children.is_empty()
        && !*root.relation.exempt
        && matches!(root.relation.kind, RelationKind::Table | RelationKind::MaterializedView)
    {
        return Heaps::Itself([(root, state)]);
    }
    let all = database.heaps(root).into_iter().filter(|table| !*table.relation.exempt);
    Heaps::Tree(all.filter_map(|table| table.state.as_deref().map(|state| (table, state))).collect())
}

/// Whether the counters are older than the rule's `min_counter_days`; says so, once, where they are not.
pub fn counters_old_enough(database: &Database, cx: &Context, out: &mut Findings) -> bool {
    if !counters_collected(database, out) {
        return false;
    }
    let (age, wanted) = (database.server.counter_days(), cx.number("min_counter_days"));
    if age >= wanted as f64 {
        return true;
    }
    out.not_judged(
        "database",
        format!("the counters are {age:.1} days old, and the rule wants {wanted}"),
        format!(
            "Ask again when they are, or lower min_counter_days with architect.configure('{}', ...).",
            cx.rule.name
        ),
    );
    false
}

/// Whether the server counts at all; says so, once, where it does not.
pub fn counters_collected(database: &Database, out: &mut Findings) -> bool {
    let off = database.settings.get("track_counts").is_some_and(|setting| is_off(&setting.value));
    if off {
        out.not_judged("database", "track_counts is off", "Switch track_counts on.");
    }
    !off
}

/// Says that what the planner knows of a column is missing, where a rule has nothing else to go by. `object` is what is not judged.
pub fn no_statistics(object: String, table: &Table, column: &Column, out: &mut Findings) {
    let relation = table.relation.sql();
    let of = format!("{relation}.{}", crate::sql::ident(&column.name));
    let visible = table.state.as_ref().is_none_or(|state| state.statistics_visible);
    let remedy = if visible {
        format!("ANALYZE {relation};")
    } else {
        format!("GRANT SELECT on {relation} to the role that asks, and ANALYZE it if that was never done.")
    };
    out.not_judged(object, format!("there are no statistics of {of} that the caller may see"), remedy);
}

/// The sessions of clients; that the role may not see those of others is told as a gap. None where only a schema or a relation is
/// judged.
pub fn sessions<'a>(database: &'a Database, out: &mut Findings) -> Option<&'a [Session]> {
    let state = database.state.as_ref()?;
    if state.sessions.is_none() {
        out.not_judged(
            "server",
            "other roles' sessions are not visible",
            "GRANT pg_read_all_stats, which is part of pg_monitor.",
        );
    }
    state.sessions.as_deref()
}

/// ` in 2 of its 24 partitions (shop.events_2024 and shop.events_2025)` for a tree; nothing for a table by itself.
pub fn among(root: &Table, all: usize, found: &[&Table]) -> String {
    if all <= 1 && found.first().is_none_or(|table| table.relation.oid == root.relation.oid) {
        return String::new();
    }
    let names: Vec<String> = found.iter().map(|table| table.relation.display()).collect();
    let parts = if root.relation.kind == RelationKind::PartitionedTable { "partitions" } else { "tables" };
    format!(" in {} of its {all} {parts} ({})", found.len(), list(&names, 3))
}

/// `12.3 million`: a number of transactions or the like, which nobody wants to the last digit.
pub fn millions(n: i64) -> String {
    format!("{:.1} million", n as f64 / 1e6)
}

/// A share in whole per cent.
pub fn percent(part: f64, whole: f64) -> i64 {
    if whole <= 0.0 { 0 } else { (100.0 * part / whole).round() as i64 }
}

/// Who holds old rows, in words: `session 4711 (app, idle in transaction)`.
pub fn holder(holder: &HorizonHolder) -> String {
    let name = &holder.name;
    let what = match holder.kind {
        HolderKind::Session => {
            let pid = holder.pid.unwrap_or(0);
            let about: Vec<&str> =
                [name.as_str(), holder.state.as_str()].into_iter().filter(|s| !s.is_empty()).collect();
            if about.is_empty() { format!("session {pid}") } else { format!("session {pid} ({})", about.join(", ")) }
        }
        HolderKind::Standby => format!("standby {name} (hot_standby_feedback)"),
        HolderKind::Slot | HolderKind::CatalogSlot => format!("replication slot {name} ({})", holder.state),
        HolderKind::Prepared => format!("prepared transaction {}", crate::sql::literal(name)),
    };
    match &holder.elsewhere {
        Some(database) => format!("{what} in database {}", crate::sql::ident(database)),
        None => what,
    }
}
