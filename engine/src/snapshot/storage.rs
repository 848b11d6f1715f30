//! What tables store, and the bounds of partitions.

use super::build::Loader;
use super::source::{Error, Parameter};
use crate::facts::*;

impl Loader<'_> {
    pub(super) fn partition_bounds(&mut self) -> Result<(), Error> {
        let (mut oids, mut lower, mut upper) = (Vec::new(), Vec::new(), Vec::new());
        for table in &mut self.database.tables {
            let Some(state) = &mut table.state else { continue };
            let (Some(bound), Some(parent)) = (&state.bound, state.parents.first()) else { continue };
            match self.names.partitioned.get(parent).and_then(|(strategy, _)| *strategy) {
                Some(Strategy::Hash) => state.hash = remainder(bound),
                Some(Strategy::Range) => {
                    if let Some((from, to)) = ends(bound) {
                        oids.push(table.relation.oid);
                        lower.push(from.to_owned());
                        upper.push(to.to_owned());
                    }
                }
                _ => {}
            }
        }
        if oids.is_empty() {
            return Ok(());
        }
        let parameters = [Parameter::Oids(Some(&oids)), Parameter::Texts(&lower), Parameter::Texts(&upper)];
        self.read("partition_bounds", &parameters, |database, row| {
            let Some(place) = database.places.get(&row.oid()).copied() else { return };
            let Some(state) = &mut database.tables[place].state else { return };
            let single = row.boolean();
            let (lower_sql, upper_sql) = (row.text(), row.text());
            let (lower, upper, clock, next) = (row.float(), row.float(), row.float(), row.optional());
            let next_sql = next.map(|text| crate::sql::literal(&text));
            state.range = Some(RangeBound { single, lower_sql, upper_sql, lower, upper, clock, next_sql });
        })
    }

    /// Of narrow integer columns that are unique by themselves.
    pub(super) fn key_values(&mut self) -> Result<(), Error> {
        let (mut tables, mut numbers) = (Vec::new(), Vec::new());
        for table in &self.database.tables {
            let alone = |index: &&Index| index.unique && index.keys.len() == 1 && index.predicate.is_none();
            for number in table.indexes.iter().filter(alone).filter_map(|index| index.keys[0].column) {
                let column = table.column_by_number(number);
                if column.is_some_and(|column| matches!(column.data_type.oid, 21 | 23) && column.statistics.is_some()) {
                    tables.push(table.relation.oid);
                    numbers.push(i32::from(number));
                }
            }
        }
        if tables.is_empty() {
            return Ok(());
        }
        self.read("key_values", &[Parameter::Oids(Some(&tables)), Parameter::Integers(&numbers)], |database, row| {
            let Some(place) = database.places.get(&row.oid()).copied() else { return };
            let (number, highest) = (row.short(), row.integer());
            let column = database.tables[place].columns.iter_mut().find(|column| column.number == number);
            if let Some(column) = column {
                column.highest = column.highest.max(highest);
            }
        })
    }
}

/// The first values of `FOR VALUES FROM (...) TO (...)`. Read here and not by a regular expression of the server's, which takes
/// longer for one bound than all the rest for its table.
fn ends(bound: &str) -> Option<(&str, &str)> {
    let (lower, mut rest) = value(bound.strip_prefix("FOR VALUES FROM (")?)?;
    while let Some(more) = rest.strip_prefix(", ") {
        rest = value(more)?.1;
    }
    let (upper, _) = value(rest.strip_prefix(") TO (")?)?;
    Some((lower, upper))
}

/// A keyword, a number or a quoted string, and what follows it.
fn value(text: &str) -> Option<(&str, &str)> {
    let bytes = text.as_bytes();
    let end = if bytes.first() == Some(&b'\'') {
        let mut at = 1;
        loop {
            match (bytes.get(at)?, bytes.get(at + 1)) {
                (b'\'', Some(b'\'')) => at += 2,
                (b'\'', _) => break at + 1,
                _ => at += 1,
            }
        }
    } else if let Some(word) = ["MINVALUE", "MAXVALUE", "true", "false"].iter().find(|word| text.starts_with(**word)) {
        word.len()
    } else {
        let sign = usize::from(bytes.first() == Some(&b'-'));
        bytes.get(sign).filter(|b| b.is_ascii_digit())?;
        sign + bytes[sign..].iter().take_while(|b| b.is_ascii_digit() || **b == b'.').count()
    };
    Some(text.split_at(end))
}

/// Modulus and remainder of a hash partition.
fn remainder(bound: &str) -> Option<(i64, i64)> {
    let (modulus, rest) = bound.split_once("modulus ")?.1.split_once(", remainder ")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    Some((modulus.parse().ok()?, rest[..digits].parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::{ends, remainder};

    #[test]
    fn bounds_are_read() {
        assert_eq!(ends("FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')"), Some(("'2024-01-01'", "'2024-02-01'")));
        assert_eq!(ends("FOR VALUES FROM (MINVALUE, 'it''s, (x') TO (-10.5, MAXVALUE)"), Some(("MINVALUE", "-10.5")));
        assert_eq!(ends("FOR VALUES FROM ('a)', 1) TO ('b''', 2)"), Some(("'a)'", "'b'''")));
        assert_eq!(ends("FOR VALUES FROM (E'a\\\\b') TO ('c')"), None);
        assert_eq!(ends("FOR VALUES IN (1)"), None);
        assert_eq!(ends("DEFAULT"), None);
        assert_eq!(remainder("FOR VALUES WITH (modulus 4, remainder 3)"), Some((4, 3)));
        assert_eq!(remainder("DEFAULT"), None);
    }
}
