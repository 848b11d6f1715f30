//! English nouns and the form of names, as far as the naming rules need them.
//!
//! A heuristic by design: where a word can be read both ways, it counts as fine in both.

use crate::hash::QuickMap;
use std::sync::OnceLock;

/// Nouns with one form for singular and plural, or none that a schema would use: the default of the rules' exceptions.
pub const UNCOUNTABLE: &[&str] = &[
    "aircraft",
    "cash",
    "content",
    "data",
    "equipment",
    "evidence",
    "feedback",
    "fish",
    "hardware",
    "information",
    "inventory",
    "knowledge",
    "logistics",
    "mail",
    "media",
    "merchandise",
    "metadata",
    "money",
    "news",
    "payroll",
    "personnel",
    "progress",
    "security",
    "series",
    "software",
    "species",
    "staff",
    "statistics",
    "status",
    "stock",
    "storage",
    "traffic",
    "training",
    "weather",
];

/// Plurals that no rule forms, with their singulars; also regular ones whose singular the rules would get wrong.
const IRREGULAR: &[(&str, &str)] = &[
    ("aches", "ache"),
    ("aliases", "alias"),
    ("alumni", "alumnus"),
    ("analyses", "analysis"),
    ("appendices", "appendix"),
    ("atlases", "atlas"),
    ("axes", "axis"),
    ("biases", "bias"),
    ("bonuses", "bonus"),
    ("buses", "bus"),
    ("caches", "cache"),
    ("calories", "calorie"),
    ("calves", "calf"),
    ("campuses", "campus"),
    ("canvases", "canvas"),
    ("children", "child"),
    ("choruses", "chorus"),
    ("consensuses", "consensus"),
    ("cookies", "cookie"),
    ("corpora", "corpus"),
    ("crises", "crisis"),
    ("criteria", "criterion"),
    ("diagnoses", "diagnosis"),
    ("echoes", "echo"),
    ("feet", "foot"),
    ("focuses", "focus"),
    ("gases", "gas"),
    ("geese", "goose"),
    ("genera", "genus"),
    ("halves", "half"),
    ("heroes", "hero"),
    ("hypotheses", "hypothesis"),
    ("indices", "index"),
    ("knives", "knife"),
    ("leaves", "leaf"),
    ("lenses", "lens"),
    ("lice", "louse"),
    ("lies", "lie"),
    ("lives", "life"),
    ("loaves", "loaf"),
    ("matrices", "matrix"),
    ("men", "man"),
    ("mice", "mouse"),
    ("movies", "movie"),
    ("oxen", "ox"),
    ("parentheses", "parenthesis"),
    ("people", "person"),
    ("phenomena", "phenomenon"),
    ("pies", "pie"),
    ("potatoes", "potato"),
    ("prefixes", "prefix"),
    ("quizzes", "quiz"),
    ("schemata", "schema"),
    ("selfies", "selfie"),
    ("selves", "self"),
    ("shelves", "shelf"),
    ("statuses", "status"),
    ("surpluses", "surplus"),
    ("synopses", "synopsis"),
    ("teeth", "tooth"),
    ("theses", "thesis"),
    ("thieves", "thief"),
    ("ties", "tie"),
    ("tomatoes", "tomato"),
    ("vertices", "vertex"),
    ("vetoes", "veto"),
    ("viruses", "virus"),
    ("wives", "wife"),
    ("wolves", "wolf"),
    ("women", "woman"),
    ("zombies", "zombie"),
];

/// Words that end in `s` and are singular although no ending says so.
const SINGULAR_IN_S: &[&str] =
    &["alias", "atlas", "bias", "canvas", "chaos", "gas", "lens", "sms", "gps", "dns", "cms", "pos"];

/// Words that end in `us` or `is` and are plural.
const PLURAL_IN_US_IS: &[&str] =
    &["alibis", "apis", "cpus", "emojis", "gpus", "gurus", "kpis", "menus", "skis", "skus", "taxis", "uis", "wikis"];

/// `(plural, singular)` of an irregular noun, also at the end of a compound: `salespeople`, `grandchildren`.
fn irregular(word: &str) -> Option<(&'static str, &'static str, usize)> {
    // Every name of a database comes here, some of them several times.
    static EXACT: OnceLock<QuickMap<&str, (&str, &str)>> = OnceLock::new();
    let exact = EXACT.get_or_init(|| {
        let mut map = QuickMap::default();
        for (plural, singular) in IRREGULAR {
            map.entry(*plural).or_insert((*plural, *singular));
            map.entry(*singular).or_insert((*plural, *singular));
        }
        map
    });
    if let Some((plural, singular)) = exact.get(word) {
        return Some((plural, singular, 0));
    }
    [("people", "person"), ("children", "child"), ("women", "woman")].into_iter().find_map(|(plural, singular)| {
        let head = word.strip_suffix(plural).or_else(|| word.strip_suffix(singular))?;
        Some((plural, singular, head.len()))
    })
}

/// Whether the lower-case word reads as a plural. What neither rule nor list knows as one does not.
#[must_use]
pub fn is_plural(word: &str) -> bool {
    if let Some((plural, _, at)) = irregular(word) {
        return &word[at..] == plural;
    }
    if !word.ends_with('s') || word.ends_with("ss") || crate::text::among(SINGULAR_IN_S, word) {
        return false;
    }
    if word.ends_with("us") || word.ends_with("is") {
        return PLURAL_IN_US_IS.contains(&word);
    }
    word.len() > 2
}

/// The singular of a lower-case noun; a singular or uncountable one as it is.
#[must_use]
pub fn singular(word: &str) -> String {
    if crate::text::among(UNCOUNTABLE, word) {
        return word.to_owned();
    }
    if let Some((_, singular, at)) = irregular(word) {
        return format!("{}{singular}", &word[..at]);
    }
    if !is_plural(word) {
        return word.to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies")
        && stem.len() > 1
    {
        return format!("{stem}y");
    }
    let two = ["sses", "shes", "ches", "xes", "zzes"].iter().any(|ending| word.ends_with(ending));
    word[..word.len() - if two { 2 } else { 1 }].to_owned()
}

/// The plural of a lower-case noun; a plural or uncountable one as it is.
#[must_use]
pub fn plural(word: &str) -> String {
    if crate::text::among(UNCOUNTABLE, word) || is_plural(word) {
        return word.to_owned();
    }
    if let Some((plural, _, at)) = irregular(word) {
        return format!("{}{plural}", &word[..at]);
    }
    if let Some(stem) = word.strip_suffix('y')
        && !stem.ends_with(['a', 'e', 'i', 'o', 'u'])
        && !stem.is_empty()
    {
        return format!("{stem}ies");
    }
    if word.ends_with(['s', 'x', 'z']) || word.ends_with("ch") || word.ends_with("sh") {
        return format!("{word}es");
    }
    format!("{word}s")
}

/// The name with its last word, numbers after it left alone, changed by `form`: `order_items_2024`.
fn last_word(name: &str, form: impl Fn(&str) -> String) -> String {
    let Some((start, end)) = last_word_range(name) else { return name.to_owned() };
    format!("{}{}{}", &name[..start], form(&name[start..end]), &name[end..])
}

/// Where the last word of a snake_case name stands; a number or version after it (`_2024`, `_v2`) is no word.
#[must_use]
pub fn last_word_range(name: &str) -> Option<(usize, usize)> {
    let mut end = name.len();
    loop {
        let start = name[..end].rfind('_').map_or(0, |at| at + 1);
        let word = &name[start..end];
        let digits = word.strip_prefix(['v', 'y', 'm', 'p', 'q', 'w']).unwrap_or(word);
        let numeric = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        if !numeric && !word.is_empty() {
            let end = start + word.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            return Some((start, end));
        }
        if start == 0 {
            return None;
        }
        end = start - 1;
    }
}

/// The name in the singular: `order_items` gives `order_item`.
#[must_use]
pub fn singular_name(name: &str) -> String {
    last_word(name, singular)
}

/// The name in the plural: `order_item` gives `order_items`.
#[must_use]
pub fn plural_name(name: &str) -> String {
    last_word(name, plural)
}

/// Tables that migration tools make for themselves: their names, keys and types are not their users' to choose.
pub const TOOL_TABLES: &[&str] = &[
    "DATABASECHANGELOG",
    "DATABASECHANGELOGLOCK",
    "SequelizeData",
    "SequelizeMeta",
    "__EFMigrationsHistory",
    "__diesel_schema_migrations",
    "__drizzle_migrations",
    "_prisma_migrations",
    "_sqlx_migrations",
    "alembic_version",
    "ar_internal_metadata",
    "atlas_schema_revisions",
    "databasechangelog",
    "databasechangeloglock",
    "django_migrations",
    "flyway_schema_history",
    "goose_db_version",
    "gorp_migrations",
    "knex_migrations",
    "knex_migrations_lock",
    "pgmigrations",
    "refinery_schema_history",
    "schema_migrations",
    "schema_version",
    "typeorm_metadata",
];

/// Whether the word names a collection or a state rather than one thing: an allowlist, what is combined, billing, a log.
#[must_use]
pub fn is_collective(word: &str) -> bool {
    ["ed", "ing", "list", "log"].iter().any(|ending| word.len() > ending.len() && word.ends_with(ending))
}

/// Whether the name is lower snake_case: `^[a-z][a-z0-9]*(_[a-z0-9]+)*$`. An underscore behind a keyword (`user_`, `when_`) is
/// the custom for keeping out of the keyword's way, and better than the keyword itself.
#[must_use]
pub fn is_snake(name: &str) -> bool {
    let name = name.strip_suffix('_').filter(|word| crate::sql::is_keyword(word)).unwrap_or(name);
    let Some((b'a'..=b'z', rest)) = name.as_bytes().split_first() else { return false };
    let mut after_underscore = false;
    for byte in rest {
        let underscore = match byte {
            b'a'..=b'z' | b'0'..=b'9' => false,
            b'_' if !after_underscore => true,
            _ => return false,
        };
        after_underscore = underscore;
    }
    !after_underscore
}

/// Whether SQL must quote the name wherever it is used: an upper-case letter, or a character or first digit that a bare
/// identifier cannot have. (Keywords are another matter.)
#[must_use]
pub fn needs_quotes(name: &str) -> bool {
    name.is_empty()
        || name.starts_with(|c: char| c.is_ascii_digit() || c == '$')
        || name.chars().any(|c| c.is_ascii() && !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '$'))
}

/// The name in lower snake_case: `OrderItems`, `order-items` and `order__items` give `order_items`; none where no such name
/// can be made of it.
#[must_use]
pub fn to_snake(name: &str) -> Option<String> {
    // Most names are.
    if is_snake(name) && !crate::sql::is_keyword(name) {
        return Some(name.to_owned());
    }
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (i, &c) in chars.iter().enumerate() {
        if c.is_ascii_uppercase() {
            let after_lower = i > 0 && (chars[i - 1].is_ascii_lowercase() || chars[i - 1].is_ascii_digit());
            // `HTTPServer` is `http_server`: the last capital of a run begins the next word.
            let ends_run =
                i > 0 && chars[i - 1].is_ascii_uppercase() && chars.get(i + 1).is_some_and(char::is_ascii_lowercase);
            if after_lower || ends_run {
                out.push('_');
            }
            out.push(c.to_ascii_lowercase());
        } else if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if c.is_ascii() {
            out.push('_');
        } else {
            return None;
        }
    }
    let words: Vec<&str> = out.split('_').filter(|word| !word.is_empty()).collect();
    let snake = words.join("_");
    // A keyword would have to be quoted wherever it is used.
    let snake = if crate::sql::is_keyword(&snake) { format!("{snake}_") } else { snake };
    is_snake(&snake).then_some(snake)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_underscore_keeps_out_of_the_way_of_a_keyword() {
        assert!(is_snake("user_") && is_snake("when_"));
        assert!(!is_snake("order_items_") && !is_snake("_user"));
        assert_eq!(to_snake("Order").as_deref(), Some("order_"));
    }

    #[test]
    fn plurals_and_back() {
        for (one, many) in [
            ("order", "orders"),
            ("category", "categories"),
            ("day", "days"),
            ("box", "boxes"),
            ("batch", "batches"),
            ("cache", "caches"),
            ("address", "addresses"),
            ("process", "processes"),
            ("bus", "buses"),
            ("house", "houses"),
            ("clause", "clauses"),
            ("license", "licenses"),
            ("response", "responses"),
            ("movie", "movies"),
            ("archive", "archives"),
            ("shelf", "shelves"),
            ("person", "people"),
            ("salesperson", "salespeople"),
            ("grandchild", "grandchildren"),
            ("index", "indices"),
            ("analysis", "analyses"),
            ("size", "sizes"),
            ("alias", "aliases"),
            ("document", "documents"),
            ("invoice", "invoices"),
        ] {
            assert_eq!(plural(one), many);
            assert_eq!(singular(many), one);
            assert_eq!(plural(many), many);
            assert_eq!(singular(one), one);
            assert!(is_plural(many), "{many}");
            assert!(!is_plural(one), "{one}");
        }
    }

    #[test]
    fn plurals_with_one_way() {
        assert_eq!(singular("indexes"), "index");
        assert_eq!(singular("menus"), "menu");
        assert_eq!(singular("apis"), "api");
        assert_eq!(plural("data"), "data");
        assert_eq!(singular("series"), "series");
        assert!(is_plural("menus"));
        assert!(!is_plural("specimen"));
        assert!(!is_plural("virus"));
        assert!(!is_plural("s"));
    }

    #[test]
    fn every_irregular_noun_goes_both_ways() {
        for (many, one) in IRREGULAR {
            assert_eq!(&singular(many), one);
            assert!(is_plural(many) && !is_plural(one), "{many} {one}");
            if !UNCOUNTABLE.contains(one) {
                assert_eq!(&plural(one), many);
            }
        }
    }

    #[test]
    fn names() {
        assert_eq!(singular_name("order_items"), "order_item");
        assert_eq!(plural_name("order_item_2024"), "order_items_2024");
        assert_eq!(plural_name("order_v2"), "orders_v2");
        assert_eq!(last_word_range("_2024"), None);
        assert_eq!(last_word_range("2024"), None);
        assert_eq!(last_word_range(""), None);
        assert_eq!(last_word_range("orders2"), Some((0, 6)));
        assert_eq!(last_word_range("vitamin_p"), Some((8, 9)));
    }

    #[test]
    fn collections() {
        assert!(is_collective("allowlist") && is_collective("combined") && is_collective("billing"));
        assert!(!is_collective("order") && !is_collective("log"));
        assert!(TOOL_TABLES.is_sorted());
    }

    #[test]
    fn snake_case() {
        for (name, snake) in [
            ("OrderItems", "order_items"),
            ("createdAt", "created_at"),
            ("HTTPServer", "http_server"),
            ("order-items", "order_items"),
            ("order__items", "order_items"),
            ("_orders", "orders"),
            ("orders_", "orders"),
            ("Order Items", "order_items"),
            ("address2Line", "address2_line"),
        ] {
            assert!(!is_snake(name), "{name}");
            assert_eq!(to_snake(name).as_deref(), Some(snake));
            assert!(is_snake(snake));
        }
        assert_eq!(to_snake("2024"), None);
        assert_eq!(to_snake("größe"), None);
        assert_eq!(to_snake("__"), None);
        assert!(needs_quotes("createdAt") && needs_quotes("a-b") && needs_quotes("2fa") && needs_quotes(""));
        assert!(!needs_quotes("order__items") && !needs_quotes("größe") && !needs_quotes("a$b"));
    }
}
