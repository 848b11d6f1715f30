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
        self.read("defaults", &[Parameter::Oids(wanted.as_deref())], |database, row| {
            let (relation, number, tree) = (row.oid(), row.short(), row.text());
            let Some(place) = database.places.get(&relation).copied() else {
                // Of a view.
                draw |= tree.contains(REGCLASS);
                return;
            };
            let own = generated.contains(&(relation, number));
            let next = groups.len();
            // A generation expression names columns of its own table: it is like no other.
            let group = if own { next } else { *known.entry(without_locations(&tree)).or_insert(next) };
            if group == next {
                draw |= tree.contains(REGCLASS);
                groups.push(Group { relation, number, generated: own, text: Lazy::default() });
            }
            columns.push((place, number, group));
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

/// The node tree (`pg_node_tree` as text) without what says where in its statement each node stood, which the server stores up to
/// 16. In a name a space has a backslash before it, so none can hold the words that are looked for.
fn without_locations(tree: &str) -> String {
    const LABEL: &str = ":location ";
    let bytes = tree.as_bytes();
    let mut text = String::with_capacity(tree.len());
    let (mut at, mut kept) = (0, 0);
    while at < bytes.len() {
        if bytes[at] != b':' || !bytes[at..].starts_with(LABEL.as_bytes()) {
            at += 1;
            continue;
        }
        text.push_str(&tree[kept..at]);
        at += LABEL.len();
        at += bytes[at..].iter().take_while(|byte| **byte == b'-' || byte.is_ascii_digit()).count();
        kept = at;
    }
    text.push_str(&tree[kept..]);
    text
}

#[cfg(test)]
mod tests {
    use super::without_locations;

    #[test]
    fn trees_differ_in_their_places_only() {
        let tree = |at: &str| format!("{{CONST :consttype 23 :location {at} :constvalue 4 [ 1 0 0 0 ]}}");
        assert_eq!(without_locations(&tree("85")), without_locations(&tree("-1")));
        assert_ne!(without_locations(&tree("85")), without_locations(&tree("85").replace("[ 1", "[ 2")));
    }
}
