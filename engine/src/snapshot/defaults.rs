//! The defaults of columns.

use super::build::Loader;
use super::source::{Error, Parameter};
use crate::facts::*;
use crate::hash::{QuickMap, QuickSet};

/// In a node tree, a constant of the type regclass (2205): the dependency on a sequence comes from one.
const REGCLASS: &str = ":consttype 2205 ";

/// Defaults that print alike, and the one that is printed.
struct Group {
    relation: Oid,
    number: i16,
    generated: bool,
    text: Lazy<Option<String>>,
}

impl Loader<'_> {
    /// Most of the defaults of a database are a few: now(), 0, true. Each of these is printed once.
    pub(super) fn defaults(&mut self, generated: &QuickSet<(Oid, i16)>) -> Result<(), Error> {
        let (wanted, locked) = (self.wanted.clone(), self.locked.clone());
        let mut groups: Vec<Group> = Vec::new();
        let mut known: QuickMap<String, usize> = QuickMap::default();
        let mut columns: Vec<(usize, i16, usize)> = Vec::new();
        let mut draw = false;
        let mut bare = String::new();
        self.read("defaults", &[Parameter::Oids(wanted.as_deref())], |database, row| {
            let (relation, number) = (row.oid(), row.short());
            row.lend(&mut |tree| {
                let Some(place) = database.places.get(&relation).copied() else {
                    // Of a view.
                    draw |= tree.contains(REGCLASS);
                    return;
                };
                let next = groups.len();
                // A generation expression names columns of its own table: it is like no other.
                let own = generated.contains(&(relation, number));
                let mut alike = None;
                if !own {
                    without_locations(tree, &mut bare);
                    alike = known.get(&bare).copied();
                    if alike.is_none() {
                        known.insert(bare.clone(), next);
                    }
                }
                if alike.is_none() {
                    draw |= tree.contains(REGCLASS);
                    groups.push(Group { relation, number, generated: own, text: Lazy::default() });
                }
                columns.push((place, number, alike.unwrap_or(next)));
            });
        })?;
        self.defaults_draw = draw;
        let places: QuickMap<(Oid, i16), usize> =
            groups.iter().enumerate().map(|(place, group)| ((group.relation, group.number), place)).collect();
        let tables: Vec<Oid> = groups.iter().map(|group| group.relation).collect();
        let numbers: Vec<i32> = groups.iter().map(|group| i32::from(group.number)).collect();
        let kinds: Vec<i32> = groups.iter().map(|group| i32::from(group.generated)).collect();
        let parameters = [
            Parameter::Oids(Some(&tables)),
            Parameter::Integers(&numbers),
            Parameter::Integers(&kinds),
            Parameter::Oids(Some(&locked)),
        ];
        self.read("default_texts", &parameters, |_, row| {
            if let Some(place) = places.get(&(row.oid(), row.short())) {
                groups[*place].text = Lazy::optional(row.optional());
            }
        })?;
        for (place, number, group) in columns {
            let columns = &mut *self.database.tables[place].columns;
            if let Ok(at) = columns.binary_search_by_key(&number, |column| column.number) {
                columns[at].default = groups[group].text.clone();
            }
        }
        Ok(())
    }
}

/// Writes the node tree (`pg_node_tree` as text) without what says where in its statement each node stood, which the server stores
/// up to 16. In a name a space has a backslash before it, so none can hold the words that are looked for.
fn without_locations(tree: &str, bare: &mut String) {
    const LABEL: &[u8] = b":location ";
    bare.clear();
    let bytes = tree.as_bytes();
    let mut kept = 0;
    let mut cut = |at: usize| {
        if bytes[at..].starts_with(LABEL) {
            bare.push_str(&tree[kept..at]);
            let number = at + LABEL.len();
            kept = number + bytes[number..].iter().take_while(|byte| **byte == b'-' || byte.is_ascii_digit()).count();
        }
    };
    // Eight bytes at a time: the trees of a database are megabytes.
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    const LOW: u64 = !HIGH;
    let words = bytes.chunks_exact(8);
    let rest = words.remainder().len();
    for (n, word) in words.enumerate() {
        // A byte is zero where the tree has a colon; the sum cannot carry from one byte to the next.
        let word = word.try_into().map_or(0, u64::from_le_bytes) ^ (ONES * u64::from(b':'));
        let mut colons = !(((word & LOW) + LOW) | word) & HIGH;
        while colons != 0 {
            cut(n * 8 + colons.trailing_zeros() as usize / 8);
            colons &= colons - 1;
        }
    }
    (bytes.len() - rest..bytes.len()).filter(|at| bytes[*at] == b':').for_each(&mut cut);
    bare.push_str(&tree[kept..]);
}

#[cfg(test)]
mod tests {
    use super::without_locations;

    #[test]
    fn trees_differ_in_their_places_only() {
        let bare = |tree: &str| {
            let mut bare = "what was there before".to_owned();
            without_locations(tree, &mut bare);
            bare
        };
        let tree = |at: &str| format!("{{CONST :consttype 23 :location {at} :constvalue 4 [ 1 0 0 0 ]}}");
        assert_eq!(bare(&tree("85")), bare(&tree("-1")));
        assert_ne!(bare(&tree("85")), bare(&tree("85").replace("[ 1", "[ 2")));
        // Wherever the words begin, and whatever stands beside them.
        for before in 0..20 {
            let before = "é:".repeat(before / 2) + &"x".repeat(before % 2);
            assert_eq!(bare(&format!("{before}:location 7}}")), format!("{before}}}"));
            assert_eq!(bare(&format!("{before}:location -1:location 12345")), before);
            assert_eq!(bare(&format!("{before}:locatio")), format!("{before}:locatio"));
        }
        assert_eq!(bare(""), "");
    }
}
