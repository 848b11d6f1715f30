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

/// A storage option's number as `parse_real` (`guc.c`) reads it: blanks around it do not count.
#[must_use]
pub fn real(value: &str) -> Option<f64> {
    let text = trimmed(value);
    match hexadecimal(text) {
        Some(whole) => Some(whole as f64),
        None => text.parse::<f64>().ok().filter(|number| number.is_finite()),
    }
}

/// A storage option's whole number as `parse_int` reads it: hexadecimal after 0x, octal after 0, else rounded.
#[must_use]
pub fn whole(value: &str) -> Option<f64> {
    let text = trimmed(value);
    let (sign, digits) = signed(text);
    if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|digit| (b'0'..=b'7').contains(&digit)) {
        return i64::from_str_radix(digits, 8).ok().map(|number| sign * number as f64);
    }
    real(text).map(f64::round_ties_even)
}

fn trimmed(value: &str) -> &str {
    value.trim_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r'])
}

fn signed(text: &str) -> (f64, &str) {
    match text.strip_prefix('-') {
        Some(digits) => (-1.0, digits),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn hexadecimal(text: &str) -> Option<i64> {
    let (sign, digits) = signed(text);
    let digits = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"))?;
    let digits = Some(digits).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    i64::from_str_radix(digits, 16).ok().map(|number| if sign < 0.0 { -number } else { number })
}

impl Autovacuum {
    /// What holds for the table.
    #[must_use]
    pub fn of(database: &Database, state: &TableState) -> Autovacuum {
        let own = |name: &str| {
            state.option(name).and_then(|value| if name.ends_with("scale_factor") { real(value) } else { whole(value) })
        };
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
        // Since 18 pages that are frozen already do not count.
        let unfrozen = if state.pages > 0 {
            1.0 - state.all_frozen_pages.min(state.pages) as f64 / state.pages as f64
        } else {
            1.0
        };
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
                .then(|| inserts + of("autovacuum_vacuum_insert_scale_factor", 0.2) * rows * unfrozen),
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
    fn numbers_are_read_as_the_server_reads_them() {
        for (text, number) in [
            ("2e8", 2e8),
            ("0x10", 16.0),
            ("-0x1", -1.0),
            (" 100 ", 100.0),
            ("1.5", 2.0),
            ("2.5", 2.0),
            ("010", 8.0),
            ("0", 0.0),
            ("-1", -1.0),
            ("010.5", 10.0),
        ] {
            assert_eq!(whole(text), Some(number), "{text}");
        }
        for (text, number) in [(" 0.1 ", 0.1), (".5", 0.5), ("010", 10.0), ("0x2", 2.0), ("1e-2", 0.01)] {
            assert_eq!(real(text), Some(number), "{text}");
        }
        assert_eq!((whole("inf"), whole("0x"), whole(""), real("nan")), (None, None, None, None));
        let database = Database::default();
        let options = ["autovacuum_vacuum_threshold=0x10", "autovacuum_vacuum_scale_factor= 0.1 "];
        let state =
            TableState { options: options.map(String::from).into(), tuples: Some(1000.0), ..TableState::default() };
        assert_eq!(Autovacuum::of(&database, &state).vacuum_threshold, 116.0);
    }

    #[test]
    fn frozen_pages_bring_the_inserts_nearer() {
        let database = Database::default();
        let mut state = TableState { tuples: Some(100_000.0), pages: 1000, ..TableState::default() };
        assert_eq!(Autovacuum::of(&database, &state).insert_threshold, Some(21_000.0));
        state.all_frozen_pages = 990;
        let near = Autovacuum::of(&database, &state).insert_threshold.expect("inserts count");
        assert!((near - 1200.0).abs() < 1e-6, "{near}");
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
