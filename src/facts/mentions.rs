//! The functions whose bodies name a relation or a column: a match of words in their text, which proves nothing and shows where to
//! look.

use engine::facts::Lazy;
use pgrx::pg_sys;
use std::rc::Rc;

use super::server::{catalog as catalogs, scan_normal};
use super::{catalog, node};

/// `internal` and `c` (`src/include/catalog/pg_language.dat`): their bodies are names of symbols.
const LANGUAGES_OF_BINARIES: [u32; 2] = [12, 13];

/// A function whose body is text that the server looks at when it runs.
pub struct Body {
    oid: pg_sys::Oid,
    /// The words of its body, in lower case, sorted.
    words: Vec<String>,
}

/// The words of a text that could be names, in lower case.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The functions of people's schemas that are written in SQL or another language of texts; those of SQL-standard bodies are left
/// out: the server knows what they depend on.
pub fn bodies() -> Vec<Body> {
    let mut found = Vec::new();
    // Looked at before the dependencies: ours are most of what an otherwise empty database has.
    let own = catalog::schema("architect");
    // What initdb made has no names of people's tables in it. 2690 is pg_proc_oid_index.
    scan_normal(catalogs::PROC, 2690, |row| {
        let oid = row.oid("oid");
        let language = row.oid("prolang").to_u32();
        if own == Some(row.oid("pronamespace"))
            || LANGUAGES_OF_BINARIES.contains(&language)
            || row.c_text("prosqlbody").is_some()
            || catalog::is_exempt_object(catalogs::PROC, oid)
        {
            return;
        }
        if let Some(source) = row.c_text("prosrc") {
            // SAFETY: the text of a scan's row, palloc'd.
            let source = unsafe { node::text(source) }.unwrap_or_default();
            found.push(Body { oid, words: words(&source) });
        }
    });
    found
}

/// The function with its arguments; none where it is gone.
fn identity(oid: pg_sys::Oid) -> Option<String> {
    let mut identity = None;
    catalog::by_oid(catalogs::PROC, oid, |row| {
        identity =
            super::aftermath::function(row).map(|function| format!("{}({})", function.sql(), function.arguments));
    });
    identity
}

/// The functions that name the relation and, where columns are given, one of them; read when it is asked for.
pub fn of(relation: &str, columns: &[&str], known: Option<Rc<Vec<Body>>>) -> Lazy<Vec<String>> {
    let relation = relation.to_lowercase();
    let columns: Vec<String> = columns.iter().map(|name| name.to_lowercase()).collect();
    let matching = move |bodies: &[Body]| -> Vec<String> {
        let says = |body: &Body, word: &String| body.words.binary_search(word).is_ok();
        let mut found: Vec<String> = bodies
            .iter()
            .filter(|body| says(body, &relation) && (columns.is_empty() || columns.iter().any(|c| says(body, c))))
            .filter_map(|body| identity(body.oid))
            .collect();
        found.sort_unstable();
        found
    };
    match known {
        Some(bodies) => matching(&bodies).into(),
        None => Lazy::new(move || matching(&bodies())),
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_names() {
        assert_eq!(
            words("SELECT \"Note\" FROM shop.orders_2 WHERE note=1"),
            ["1", "from", "note", "orders_2", "select", "shop", "where"]
        );
    }
}
