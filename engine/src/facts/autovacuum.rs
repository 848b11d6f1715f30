//! When autovacuum comes to a table: its settings with the table's own options, as `relation_needs_vacanalyze` reads them.

use super::{Database, TableState};

/// The settings of autovacuum that hold for one table.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Autovacuum {
    /// Autovacuum is on, for the server and for the table.
    pub enabled: bool,
    /// Dead rows from which on it vacuums.
    pub vacuum_threshold: f64,
    /// The share of the rows in that, 0 to 1.
    pub vacuum_scale: f64,
    /// The table has its own `autovacuum_vacuum_scale_factor` or threshold.
    pub own_vacuum: bool,
    /// Inserted rows from which on it vacuums; none where inserts do not count (-1).
    pub insert_threshold: Option<f64>,
    /// Changed rows from which on it analyses.
    pub analyze_threshold: f64,
    /// The age in transactions from which on it freezes, wanted or not.
    pub freeze_max_age: i64,
    /// The same in multixacts.
    pub multixact_freeze_max_age: i64,
}

/// `off`, `false`, `no`, `0` and their beginnings, as `parse_bool` takes them.
#[must_use]
pub fn is_off(value: &str) -> bool {
    let word = value.trim().to_ascii_lowercase();
    !word.is_empty()
        && (word == "0" || "false".starts_with(&word) || "no".starts_with(&word) || word == "of" || word == "off")
}

impl Autovacuum {
    /// What holds for the table.
    #[must_use]
    pub fn of(database: &Database, state: &TableState) -> Autovacuum {
        let own = |name: &str| state.option(name).and_then(|value| value.parse::<f64>().ok());
        let server = |name: &str, default: f64| database.setting_number(name).unwrap_or(default);
        let of = |name: &str, default: f64| own(name).unwrap_or_else(|| server(name, default));
        let rows = state.tuples.unwrap_or(0.0);
        let vacuum_scale = of("autovacuum_vacuum_scale_factor", 0.2);
        let mut vacuum_threshold = of("autovacuum_vacuum_threshold", 50.0) + vacuum_scale * rows;
        // 18 and later; -1 is no limit.
        let most = of("autovacuum_vacuum_max_threshold", -1.0);
        if most >= 0.0 {
            vacuum_threshold = vacuum_threshold.min(most);
        }
        let inserts = of("autovacuum_vacuum_insert_threshold", 1000.0);
        let on = |name: &str| database.settings.get(name).is_none_or(|setting| !is_off(&setting.value));
        // A table can only ask for freezing earlier, never later (`autovacuum.c`).
        let age = |name: &str, default: f64| {
            let limit = server(name, default);
            own(name).map_or(limit, |mine| mine.min(limit)) as i64
        };
        Autovacuum {
            enabled: on("autovacuum") && on("track_counts") && !state.option("autovacuum_enabled").is_some_and(is_off),
            vacuum_threshold,
            vacuum_scale,
            own_vacuum: own("autovacuum_vacuum_scale_factor").is_some()
                || own("autovacuum_vacuum_threshold").is_some()
                || own("autovacuum_vacuum_max_threshold").is_some(),
            insert_threshold: (inserts >= 0.0)
                .then(|| inserts + of("autovacuum_vacuum_insert_scale_factor", 0.2) * rows),
            analyze_threshold: of("autovacuum_analyze_threshold", 50.0)
                + of("autovacuum_analyze_scale_factor", 0.1) * rows,
            freeze_max_age: age("autovacuum_freeze_max_age", 200_000_000.0),
            multixact_freeze_max_age: age("autovacuum_multixact_freeze_max_age", 400_000_000.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Setting;

    fn setting(value: &str) -> Setting {
        Setting { value: value.to_owned(), ..Setting::default() }
    }

    #[test]
    fn the_table_goes_before_the_server() {
        let mut database = Database::default();
        database.settings.insert("autovacuum_vacuum_scale_factor".into(), setting("0.1"));
        let mut state = TableState { tuples: Some(1000.0), ..TableState::default() };
        assert_eq!(Autovacuum::of(&database, &state).vacuum_threshold, 150.0);
        state.options = vec!["autovacuum_vacuum_scale_factor=0.01".into(), "autovacuum_enabled=of".into()];
        let own = Autovacuum::of(&database, &state);
        assert_eq!(own.vacuum_threshold, 60.0);
        assert!(own.own_vacuum && !own.enabled);
    }

    #[test]
    fn a_limit_for_large_tables() {
        let mut database = Database::default();
        database.settings.insert("autovacuum_vacuum_max_threshold".into(), setting("100000000"));
        let state = TableState { tuples: Some(1e10), ..TableState::default() };
        assert_eq!(Autovacuum::of(&database, &state).vacuum_threshold, 1e8);
    }

    #[test]
    fn a_table_asks_for_freezing_earlier_only() {
        let database = Database::default();
        let mut state =
            TableState { options: vec!["autovacuum_freeze_max_age=1000000000".into()], ..TableState::default() };
        assert_eq!(Autovacuum::of(&database, &state).freeze_max_age, 200_000_000);
        state.options = vec!["autovacuum_freeze_max_age=1000000".into()];
        assert_eq!(Autovacuum::of(&database, &state).freeze_max_age, 1_000_000);
    }
}
