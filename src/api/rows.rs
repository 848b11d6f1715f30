//! Findings as rows of the type `architect.finding`.

use crate::pg::report::Line;
use crate::pg::value::Value;
use engine::finding::Finding;
use engine::rule::Rule;
use engine::rules::RULES;
use engine::text::closest;
use serde_json::Value as Json;

/// Where the lines of a text begin, and how many characters stand before each block of it, so that a place is found without
/// reading the text (or a line of megabytes) again for each finding.
pub struct Places<'a> {
    text: &'a [u8],
    starts: Vec<usize>,
    blocks: Vec<usize>,
}

/// The bytes of a block.
const BLOCK: usize = 1_024;

/// The characters that begin in these bytes: continuation bytes of UTF-8 are no characters of their own.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

impl<'a> Places<'a> {
    /// Reads the text once.
    pub fn new(text: &'a str) -> Places<'a> {
        let text = text.as_bytes();
        let newlines = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        let blocks = text.chunks(BLOCK).scan(0, |before, block| {
            let here = *before;
            *before += characters(block);
            Some(here)
        });
        Places { text, starts: std::iter::once(0).chain(newlines).collect(), blocks: blocks.collect() }
    }

    /// Line and column of a byte offset, both counted from 1, the column in characters.
    pub fn of(&self, position: usize) -> (i64, i64) {
        let position = position.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= position);
        let column = self.before(position) - self.before(self.starts[line - 1]) + 1;
        (line as i64, column as i64)
    }

    /// The characters before a byte offset.
    fn before(&self, position: usize) -> usize {
        // A text that fills its last block has no block behind it.
        let block = (position / BLOCK).min(self.blocks.len().saturating_sub(1));
        self.blocks.get(block).copied().unwrap_or(0) + characters(&self.text[(block * BLOCK).min(position)..position])
    }
}

/// A finding as a row. `places` are those of the text that was judged; none where no text was.
pub fn finding(finding: Finding, places: Option<&Places>) -> Vec<Value> {
    let (identity, hint, score) = (finding.object.identity(), finding.hint(), finding.score());
    let fingerprint = finding.fingerprint_of(&identity);
    let object = finding.object;
    let (line, column) = match (places, finding.position) {
        (Some(places), Some(position)) => {
            let (line, column) = places.of(position);
            (Value::Integer(line), Value::Integer(column))
        }
        _ => (Value::Null, Value::Null),
    };
    vec![
        Value::Word(finding.rule.name),
        Value::Word(finding.severity.as_str()),
        Value::Word(finding.rule.category.as_str()),
        Value::Word(object.kind),
        identity.into(),
        Value::or_null(object.schema),
        Value::or_null(object.name),
        object.column.into(),
        finding.message.into(),
        Value::or_null(finding.detail),
        Value::or_null(hint),
        Value::or_null(finding.remedy),
        Value::Json(Json::Object(finding.evidence)),
        fingerprint.into(),
        line,
        column,
        Value::Integer(i64::from(score)),
    ]
}

/// The argument, which must not be NULL or empty.
pub fn required(value: Option<String>, name: &str) -> Result<String, Line> {
    match value {
        Some(text) if !text.trim().is_empty() => Ok(text),
        _ => Err(Line::argument(format!("argument \"{name}\" must not be null or empty"))),
    }
}

/// The rule of this name; an unknown one is an error that suggests what was meant.
pub fn rule(name: &str) -> Result<&'static Rule, Line> {
    engine::judge::rule(name).ok_or_else(|| {
        let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        let hint = match closest(name, &names) {
            Some(closest) => format!("Perhaps you meant the rule \"{closest}\"."),
            None => "All rules: SELECT name, title FROM architect.rules;".to_owned(),
        };
        Line::argument(format!("rule \"{name}\" does not exist")).hint(hint)
    })
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn places_count_lines_and_characters() {
        let text = "CREATE\n  TABLE é x";
        let places = Places::new(text);
        assert_eq!(places.of(0), (1, 1));
        assert_eq!(places.of(9), (2, 3));
        assert_eq!(places.of(text.len() - 1), (2, 11));
        assert_eq!(places.of(1_000), (2, 12));
        assert_eq!(Places::new("").of(0), (1, 1));
        // Lines and characters on both sides of the ends of blocks.
        let long = "é".repeat(3 * 1_024) + "\n" + &"x".repeat(2 * 1_024 - 1);
        let places = Places::new(&long);
        assert_eq!(places.of(2 * 1_024), (1, 1_025));
        assert_eq!(places.of(2 * 1_030), (1, 1_031));
        assert_eq!(places.of(6 * 1_024 + 1), (2, 1));
        assert_eq!(places.of(long.len()), (2, 2 * 1_024));
    }
}
