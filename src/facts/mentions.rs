//! The functions whose bodies name a relation or a column: a match of words in their text, which proves nothing and shows where to
//! look.

use engine::facts::Lazy;
use pgrx::pg_sys;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::server::{catalog as catalogs, scan_normal};
use super::{catalog, node};

/// `internal` and `c` (`src/include/catalog/pg_language.dat`): their bodies are names of symbols.
const LANGUAGES_OF_BINARIES: [u32; 2] = [12, 13];

/// Nobody has a function with such a body, and pg_proc has not changed since that was seen. Most databases of one application are like
/// that, and each DROP TABLE would read pg_proc for nothing.
static NONE_THERE: AtomicBool = AtomicBool::new(false);
/// pg_proc changed since the last reading of it began.
static CHANGED: AtomicBool = AtomicBool::new(true);

unsafe extern "C-unwind" fn functions_changed(_: pg_sys::Datum, _: std::ffi::c_int, _: u32) {
    CHANGED.store(true, Relaxed);
    NONE_THERE.store(false, Relaxed);
}

/// Asks the server to tell about changes of pg_proc.
pub fn watch() {
    let cache = pg_sys::SysCacheIdentifier::PROCOID as i32;
    // SAFETY: done once, while the library is loaded; the callback stores flags and does nothing else.
    unsafe { pg_sys::CacheRegisterSyscacheCallback(cache, Some(functions_changed), pg_sys::Datum::null()) };
}

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
/// out: the server knows what they depend on. With a name, in lower case, only those whose text holds it somewhere: a text is taken
/// apart only where that can give something.
pub fn bodies(name: Option<&str>) -> Vec<Body> {
    if NONE_THERE.load(Relaxed) {
        return Vec::new();
    }
    CHANGED.store(false, Relaxed);
    let (mut found, mut any) = (Vec::new(), false);
    // Looked at before the dependencies: ours are most of what an otherwise empty database has.
    let own = catalog::schema("architect");
    // What initdb made has no names of people's tables in it. 2690 is pg_proc_oid_index.
    scan_normal(catalogs::PROC, 2690, |row| {
        let language = row.oid("prolang").to_u32();
        if own == Some(row.oid("pronamespace")) || LANGUAGES_OF_BINARIES.contains(&language) || row.has("prosqlbody") {
            return;
        }
        let Some(body) = row.c_text("prosrc") else { return };
        any = true;
        // SAFETY: the text of a scan's row, palloc'd for us and copied.
        let source = unsafe {
            let source = node::text(body).unwrap_or_default().to_lowercase();
            pg_sys::pfree(body.cast());
            source
        };
        let oid = row.oid("oid");
        if name.is_none_or(|name| source.contains(name)) && !catalog::is_exempt_object(catalogs::PROC, oid) {
            found.push(Body { oid, words: words(&source) });
        }
    });
    // Not where the server told of a change during the scan.
    NONE_THERE.store(!any && !CHANGED.load(Relaxed), Relaxed);
    found
}

/// The function with its arguments; none where it is gone.
fn identity(oid: pg_sys::Oid) -> Option<String> {
    let mut identity = None;
    catalog::by_oid(catalogs::PROC, oid, |row| {
        identity = super::aftermath::function(row).map(|function| function.sql());
    });
    identity
}

/// The functions that name the relation and, where columns are given, one of them; read when it is asked for.
/// The functions that are gone are left out.
pub fn of(relation: &str, columns: &[&str], known: Option<Rc<Vec<Body>>>, gone: Vec<u32>) -> Lazy<Vec<String>> {
    let relation = relation.to_lowercase();
    let name = relation.clone();
    let columns: Vec<String> = columns.iter().map(|name| name.to_lowercase()).collect();
    let matching = move |bodies: &[Body]| -> Vec<String> {
        let says = |body: &Body, word: &String| body.words.binary_search(word).is_ok();
        let mut found: Vec<String> = bodies
            .iter()
            .filter(|body| !gone.contains(&body.oid.to_u32()))
            .filter(|body| says(body, &relation) && (columns.is_empty() || columns.iter().any(|c| says(body, c))))
            .filter_map(|body| identity(body.oid))
            .collect();
        found.sort_unstable();
        found
    };
    match known {
        Some(bodies) => matching(&bodies).into(),
        None => Lazy::new(move || matching(&bodies(Some(&name)))),
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
