//! Numbers and lists in words, the same way in every message.

use crate::facts::Blocker;

/// Whether a word is one of a list. Most are not, and that is seen by length and first letter, without a call to compare the rest.
#[must_use]
pub fn among(list: &[&str], word: &str) -> bool {
    let first = word.as_bytes().first();
    list.iter().any(|known| known.len() == word.len() && known.as_bytes().first() == first && *known == word)
}

/// `1,234,567`.
#[must_use]
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 row`, `2,000 rows`, `1.2 million rows`: a figure that is an estimate does not pretend to more than it knows.
#[must_use]
pub fn rows(n: u64) -> String {
    match n {
        1 => "1 row".to_owned(),
        0..=99_999 => format!("{} rows", count(n)),
        100_000..=999_999 => format!("{} rows", count(n / 1000 * 1000)),
        1_000_000..=999_999_999 => format!("{:.1} million rows", n as f64 / 1e6),
        _ => format!("{:.1} billion rows", n as f64 / 1e9),
    }
}

/// `8192 bytes`, `64 kB`, `1.5 GB`: as `pg_size_pretty`, one decimal from megabytes on.
#[must_use]
pub fn bytes(n: u64) -> String {
    const KB: f64 = 1024.0;
    let value = n as f64;
    if n < 10 * 1024 {
        format!("{n} bytes")
    } else if value < KB * KB {
        format!("{:.0} kB", value / KB)
    } else if value < KB * KB * KB {
        format!("{:.1} MB", value / KB / KB)
    } else if value < KB * KB * KB * KB {
        format!("{:.1} GB", value / KB / KB / KB)
    } else {
        format!("{:.1} TB", value / KB / KB / KB / KB)
    }
}

/// `250 ms`, `12 s`, `4 min`, `3 h`.
#[must_use]
pub fn duration(ms: u64) -> String {
    match ms {
        0..=999 => format!("{ms} ms"),
        1_000..=119_999 => format!("{} s", ms / 1000),
        120_000..=7_199_999 => format!("{} min", ms / 60_000),
        _ => format!("{} h", ms / 3_600_000),
    }
}

/// `a`, `a and b`, `a, b and c`; from `limit` on: `a, b and 7 more`.
#[must_use]
pub fn list<S: AsRef<str>>(items: &[S], limit: usize) -> String {
    let shown: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match shown.len() {
        0 => String::new(),
        1 => shown[0].to_owned(),
        n if n <= limit => format!("{} and {}", shown[..n - 1].join(", "), shown[n - 1]),
        n => format!("{} and {} more", shown[..limit].join(", "), n - limit),
    }
}

/// `pid 4711 (holds ROW EXCLUSIVE, transaction open for 12 s)`.
#[must_use]
pub fn blocker(blocker: &Blocker) -> String {
    let who = if blocker.pid == 0 { "a prepared transaction".to_owned() } else { format!("pid {}", blocker.pid) };
    let verb = if blocker.granted { "holds" } else { "waits for" };
    let age = match (blocker.autovacuum, blocker.transaction_ms) {
        (true, _) => ", autovacuum".to_owned(),
        (false, Some(ms)) => format!(", transaction open for {}", duration(ms)),
        (false, None) => String::new(),
    };
    format!("{who} ({verb} {}{age})", blocker.mode)
}

/// The name that was probably meant: the one with the fewest letters changed, if those are few.
#[must_use]
pub fn closest<'a>(word: &str, names: &[&'a str]) -> Option<&'a str> {
    let word: Vec<char> = word.chars().take(100).flat_map(char::to_lowercase).collect();
    names
        .iter()
        .map(|name| (distance(&word, &name.chars().collect::<Vec<char>>()), *name))
        .min()
        .filter(|(distance, name)| *distance * 3 <= name.chars().count().max(word.len()))
        .map(|(_, name)| name)
}

/// The Levenshtein distance.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(12), "12");
        assert_eq!(rows(1), "1 row");
        assert_eq!(rows(123_456), "123,000 rows");
        assert_eq!(rows(1_240_000), "1.2 million rows");
        assert_eq!(bytes(8192), "8192 bytes");
        assert_eq!(bytes(1_572_864), "1.5 MB");
        assert_eq!(duration(90_000), "90 s");
        assert_eq!(list(&["a", "b", "c"], 5), "a, b and c");
        assert_eq!(list(&["a", "b", "c"], 2), "a, b and 1 more");
    }

    #[test]
    fn a_misspelt_name_is_recognised() {
        let names = ["index-not-concurrent", "table-dropped"];
        assert_eq!(closest("index-not-concurent", &names), Some("index-not-concurrent"));
        assert_eq!(closest("Table_Dropped", &names), Some("table-dropped"));
        assert_eq!(closest("vacuum", &names), None);
    }
}
