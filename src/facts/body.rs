//! The code that a statement carries in it: the block of DO, the body of CREATE FUNCTION and CREATE PROCEDURE.

use engine::facts::{Ddl, SetParameter};
use engine::lexer::{Embedded, Kind, Lexer, Token};
use engine::plpgsql::{self, Step};
use pgrx::pg_sys::{self, NodeTag};
use std::ops::Range;

use super::{lower, node};

/// Whether backslashes escape in plain strings.
pub fn backslashes() -> bool {
    // SAFETY: reads a setting of the backend.
    unsafe { !pg_sys::standard_conforming_strings }
}

/// A body, cut into its statements.
pub struct Body {
    /// Its text, which knows where it stands in the text that is judged.
    pub source: Embedded,
    /// What it does.
    pub steps: Vec<Step>,
    /// The routine, `function shop.f`; none for DO.
    pub name: Option<String>,
    /// It is a part of the statement (BEGIN ATOMIC) and no string: what was said of the whole text holds for it.
    pub written_out: bool,
    /// The settings that the routine makes while it runs.
    pub settings: Vec<SetParameter>,
}

impl Body {
    /// The body that a statement carries. `source` is the text that was parsed, `position` and `end` are the statement's in it.
    ///
    /// # Safety
    /// `raw` points to a raw statement.
    pub unsafe fn of(raw: *mut pg_sys::Node, position: usize, end: usize, source: &Embedded) -> Option<Body> {
        // SAFETY: each node is read as its tag says.
        unsafe {
            match node::tag(raw) {
                NodeTag::T_DoStmt => {
                    let options = node::list::<pg_sys::DefElem>((*raw.cast::<pg_sys::DoStmt>()).args);
                    let text = option(&options, "as")?;
                    let language = option(&options, "language").and_then(|option| value((*option).arg));
                    if language.is_some_and(|language| language != "plpgsql") {
                        return None;
                    }
                    let body = constant(source, position, text, &value((*text).arg)?);
                    let steps = plpgsql::steps(&body.text, backslashes());
                    Some(Body { source: body, steps, name: None, written_out: false, settings: Vec::new() })
                }
                NodeTag::T_CreateFunctionStmt => {
                    let statement: *mut pg_sys::CreateFunctionStmt = raw.cast();
                    let options = node::list::<pg_sys::DefElem>((*statement).options);
                    let name = node::name_of_strings((*statement).funcname);
                    let kind = if (*statement).is_procedure { "procedure" } else { "function" };
                    let name = engine::sql::qualified(&name.schema.unwrap_or_default(), &name.name);
                    let (body, steps) = if (*statement).sql_body.is_null() {
                        let text = option(&options, "as")?;
                        // Two strings are a file and a symbol of C.
                        let [written] = node::list::<pg_sys::Node>((*text).arg.cast())[..] else { return None };
                        let body = constant(source, position, text, &value(written)?);
                        let language = option(&options, "language").and_then(|option| value((*option).arg));
                        let steps = match language?.as_str() {
                            "plpgsql" => plpgsql::steps(&body.text, backslashes()),
                            "sql" => statements(plpgsql::statements(&body.text, backslashes())),
                            _ => return None,
                        };
                        (body, steps)
                    } else {
                        let text = source.text.get(position..end)?;
                        let steps = statements(plpgsql::atomic(text, backslashes()));
                        (Embedded::shifted(text, position).inside(source), steps)
                    };
                    let settings = options
                        .iter()
                        .filter(|option| node::text((***option).defname).is_some_and(|name| name == "set"))
                        .filter_map(|option| {
                            let set = node::cast((**option).arg, NodeTag::T_VariableSetStmt)?;
                            if let Ddl::Set(set) = lower::set(set) { Some(set) } else { None }
                        })
                        .collect();
                    let written_out = !(*statement).sql_body.is_null();
                    Some(Body { source: body, steps, name: Some(format!("{kind} {name}")), written_out, settings })
                }
                _ => None,
            }
        }
    }
}

fn statements(list: Vec<Embedded>) -> Vec<Step> {
    list.into_iter().map(Step::Sql).collect()
}

/// # Safety
/// The options are DefElem nodes.
unsafe fn option(options: &[*mut pg_sys::DefElem], wanted: &str) -> Option<*mut pg_sys::DefElem> {
    // SAFETY: the caller's promise.
    options.iter().copied().find(|option| unsafe { node::text((**option).defname) }.is_some_and(|name| name == wanted))
}

/// # Safety
/// `raw` is NULL or points to a node.
unsafe fn value(raw: *mut pg_sys::Node) -> Option<String> {
    // SAFETY: a String node holds a C string.
    unsafe { node::cast::<pg_sys::String>(raw, NodeTag::T_String).and_then(|string| node::text((*string).sval)) }
}

/// The string constant of an option with the places of its bytes; where it cannot be found as it is written, with the place of the
/// statement.
///
/// # Safety
/// `option` points to a DefElem of the text that was parsed.
unsafe fn constant(source: &Embedded, position: usize, option: *mut pg_sys::DefElem, value: &str) -> Embedded {
    // SAFETY: the caller's promise.
    let location = usize::try_from(unsafe { (*option).location }).unwrap_or(position);
    let mut strings: Vec<Token> = Vec::new();
    if source.text.is_char_boundary(location) {
        for token in Lexer::new(&source.text, location, backslashes()) {
            match token.kind {
                Kind::Comment => {}
                Kind::Word if strings.is_empty() && token.is(&source.text, "as") => {}
                Kind::String { continues, .. } if strings.is_empty() || continues => strings.push(token),
                Kind::Dollar if strings.is_empty() => {
                    strings.push(token);
                    break;
                }
                _ => break,
            }
        }
    }
    Embedded::constant(&source.text, &strings)
        .filter(|found| found.text == value)
        .map_or_else(|| Embedded::fixed(value, source.at(position)), |found| found.inside(source))
}

/// Where each statement of a text begins and ends, its semicolon included and what follows it not. Nothing for a text that cannot
/// hold a comment for us: only comments ask.
pub fn extents(sql: &str, starts: &[usize]) -> Vec<Range<usize>> {
    if !sql.to_ascii_lowercase().contains("architect") {
        return Vec::new();
    }
    let mut ends = starts.to_vec();
    let mut number = 0;
    for token in Lexer::new(sql, 0, backslashes()).filter(|token| token.kind != Kind::Comment) {
        while starts.get(number + 1).is_some_and(|next| *next <= token.start) {
            number += 1;
        }
        if let Some(end) = ends.get_mut(number) {
            *end = (*end).max(token.end);
        }
    }
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

/// Whether a statement of a body can say anything: most are queries, and of those only one that sets a parameter, or that looks for rows
/// in a way that a rule knows, matters.
pub fn worth_parsing(sql: &str) -> bool {
    let sql = sql.trim_start();
    let end = sql.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(sql.len());
    let first = sql[..end].to_ascii_lowercase();
    !matches!(first.as_str(), "select" | "values" | "table")
        || ["set_config", "->>"].iter().any(|word| sql.contains(word))
        || [" ANY", " any", "ORDER BY", "order by"].iter().any(|word| sql.contains(word))
        || sql.len() > 63 && !engine::sql::long_names(sql).is_empty()
}
