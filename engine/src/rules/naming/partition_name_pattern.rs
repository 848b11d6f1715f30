//! A partition whose name speaks of another time than its bound.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "partition-name-pattern",
    category: Naming,
    severity: Warning,
    title: "a partition's name speaks of another time than its bound",
    why: "Partitions are detached, archived and dropped by name: events_2024_01 that holds February is the wrong month in the archive and the wrong \
          month gone. The bound alone decides which rows a partition holds; nothing compares the name with it.",
    remedy: "Rename the partition. Its name is in no query, and renaming is cheap.",
    parameters: &[Parameter {
        name: "prefix",
        default: Boolean(false),
        what: "also ask that the name begins with that of the partitioned table",
    }],
    sources: &[Guide("S-016"), Manual("ddl-partitioning", "Partition Maintenance")],
    examples: &[
        bad("CREATE TABLE events_2026_01 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');").given(EVENTS_LEFT_ALONE).advice(),
        bad("CREATE TABLE events_y2026m03 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');")
            .given(EVENTS_LEFT_ALONE)
            .title("the other style")
            .advice(),
        bad("CREATE TABLE visits_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .given(with!(EVENTS, "SELECT architect.configure('partition-name-pattern', parameters => '{\"prefix\": true}');"))
            .title("with the prefix asked for")
            .advice(),
        good("CREATE TABLE events_2026_01 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');\n\
              CREATE TABLE events_y2026m02 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');\n\
              CREATE TABLE events_2027 PARTITION OF events FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');\n\
              CREATE TABLE fiscal_2028 PARTITION OF events FOR VALUES FROM ('2028-04-01') TO ('2029-04-01');\n\
              CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2024-01-01');\n\
              CREATE TABLE events_rest PARTITION OF events DEFAULT;")
        .given(EVENTS),
        good("CREATE TABLE events_2026_02 PARTITION OF events FOR VALUES FROM ('2026-02-01 00:00:00+09') TO ('2026-03-01 00:00:00+09');")
            .given(EVENTS)
            .title("midnight somewhere else"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

/// Days since 1970 of a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The time that a name ends in, a year, a month or a day, as its first day and the day after it: `events_2026_01`, `events_y2026m01`,
/// `events_20260131`, `events_p2026_01_31`.
fn in_name(name: &str) -> Option<(i64, i64)> {
    let (start, _) = name.match_indices('_').find(|(at, _)| {
        let tail = name[at + 1..].trim_start_matches(['y', 'p']);
        let digits = tail.bytes().take_while(u8::is_ascii_digit).count();
        matches!(digits, 4 | 6 | 8) && matches!(&tail[..2], "19" | "20")
    })?;
    let tail = &name[start + 1..];
    if tail.chars().any(|c| !(c.is_ascii_digit() || matches!(c, '_' | 'y' | 'm' | 'd' | 'p'))) {
        return None;
    }
    let parts: Vec<&str> = tail.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let (year, month, day) = match parts.as_slice() {
        [all] if all.len() == 4 => (*all, "", ""),
        [all] if all.len() == 6 => (&all[..4], &all[4..], ""),
        [all] if all.len() == 8 => (&all[..4], &all[4..6], &all[6..]),
        [year, month] if year.len() == 4 && month.len() == 2 => (*year, *month, ""),
        [year, rest] if year.len() == 4 && rest.len() == 4 => (*year, &rest[..2], &rest[2..]),
        [year, month, day] if year.len() == 4 && month.len() == 2 && day.len() == 2 => (*year, *month, *day),
        _ => return None,
    };
    let or_first = |part: &'static str, text: &str| if text.is_empty() { part.to_owned() } else { text.to_owned() };
    let start = date(year, &or_first("01", month), &or_first("01", day))?;
    let length = match (month.is_empty(), day.is_empty()) {
        (true, _) => days(year.parse::<i64>().ok()? + 1, 1, 1) - start,
        (false, true) => {
            let (year, month): (i64, i64) = (year.parse().ok()?, month.parse().ok()?);
            days(year + month / 12, month % 12 + 1, 1) - start
        }
        (false, false) => 1,
    };
    Some((start, start + length))
}

fn date(year: &str, month: &str, day: &str) -> Option<i64> {
    let (year, month, day): (i64, i64, i64) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then(|| days(year, month, day))
}

/// The lower bound of a range over dates or times, in hours since 1970, and by how many hours midnight may be away from it: with a
/// time zone nobody knows whose midnight is meant.
fn from_bound(bound: &str) -> Option<(i64, i64)> {
    let rest = bound.strip_prefix("FOR VALUES FROM ('")?;
    let (value, after) = rest.split_once('\'')?;
    // A key of several columns has more to say than a time.
    if !after.starts_with(')') {
        return None;
    }
    let mut parts = value.split(' ');
    let (day, time) = (parts.next()?, parts.next());
    let mut numbers = day.split('-');
    let (year, month, day) = (numbers.next()?, numbers.next()?, numbers.next()?);
    if year.len() != 4 || numbers.next().is_some() {
        return None;
    }
    let midnight = date(year, month, day)? * 24;
    let Some(time) = time else { return Some((midnight, 0)) };
    let hour: i64 = time.get(..2)?.parse().ok()?;
    let zone = time[8..].find(['+', '-']).map(|at| &time[8 + at..]);
    match zone {
        None => Some((midnight + hour, 0)),
        // The zone in which the bound is printed: its hours take the moment back to UTC.
        Some(zone) => {
            let offset: i64 = zone.split(':').next()?.parse().ok()?;
            Some((midnight + hour - offset, 14))
        }
    }
}

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let Some(bound) = state.bound.as_deref() else { return };
    // A fiscal year begins within the year that it is named after; where midnight is not known, only well within it counts.
    if let (Some((start, end)), Some((from, slack))) = (in_name(&relation.name), from_bound(bound))
        && (from - start * 24).abs() > slack
        && !(start * 24 <= from && from < end * 24 - slack)
    {
        out.relation(relation, format!("partition {} does not hold what its name says", relation.display()))
            .detail(format!("Its bound is {bound}."))
            .advice("Rename it after its bound: ALTER TABLE ... RENAME TO ...; no query names it.")
            .evidence("bound", bound);
        return;
    }
    if !cx.boolean("prefix", relation) {
        return;
    }
    let parent = state.parents.first().and_then(|oid| cx.database?.table(*oid));
    let Some(parent) = parent.filter(|parent| !relation.name.starts_with(&parent.relation.name)) else { return };
    out.relation(relation, format!("partition {} is not named after its table", relation.display()))
        .detail(format!("It is a partition of {}.", parent.relation.display()))
        .advice(format!("Let its name begin with {}_.", parent.relation.name));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_names() {
        let first = days(2026, 1, 1);
        assert_eq!((days(1970, 1, 1), days(2000, 3, 1)), (0, 11_017));
        for name in [
            "events_2026_01",
            "events_y2026m01",
            "events_202601",
            "events_2026",
            "events_p2026_01",
            "events_20260101",
            "e_2026_01_01",
            "events_p20260101",
        ] {
            assert_eq!(in_name(name).map(|(start, _)| start), Some(first), "{name}");
        }
        for name in [
            "events",
            "events_0",
            "events_us",
            "events_2026w03",
            "events_2026_q1",
            "events_2026_13",
            "events_1",
            "events_20260101_00",
            "events_9999",
        ] {
            assert_eq!(in_name(name), None, "{name}");
        }
    }

    #[test]
    fn bounds() {
        let first = days(2026, 1, 1) * 24;
        assert_eq!(from_bound("FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')"), Some((first, 0)));
        assert_eq!(from_bound("FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('x')"), Some((first, 14)));
        assert_eq!(from_bound("FOR VALUES FROM ('2025-12-31 15:00:00+00') TO ('x')"), Some((first - 9, 14)));
        assert_eq!(from_bound("FOR VALUES FROM ('2025-12-31 16:00:00-08') TO ('x')"), Some((first, 14)));
        assert_eq!(from_bound("FOR VALUES FROM ('2026-01-01 05:30:00+05:30') TO ('x')"), Some((first, 14)));
        assert_eq!(from_bound("FOR VALUES FROM ('1') TO ('2')"), None);
        assert_eq!(from_bound("FOR VALUES FROM (MINVALUE) TO ('2024-01-01')"), None);
        assert_eq!(from_bound("DEFAULT"), None);
    }
}
