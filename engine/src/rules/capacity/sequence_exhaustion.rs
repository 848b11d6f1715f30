//! A sequence that is used up makes every INSERT fail.

use super::{Feed, feeds, range_of};
use crate::rule::prelude::*;
use crate::rules::state::percent;

/// The rule.
pub static RULE: Rule = Rule {
    name: "sequence-exhaustion",
    category: Capacity,
    severity: Warning,
    title: "a sequence, or the column that it fills, is running out of numbers",
    why: "nextval() fails when the sequence has reached its limit, and an INSERT fails when the number does not fit the \
          column, which may come much earlier: a bigint sequence over an integer column ends at 2,147,483,647 as well. \
          Widening a column of a large table takes long; this must not be found out on the day.",
    remedy: "Widen column and sequence to bigint while there is time: a new bigint column, kept in step by a trigger, filled in \
             batches, indexed CONCURRENTLY and swapped. Where only the sequence is narrow, ALTER SEQUENCE ... AS bigint is \
             enough and takes a moment.",
    parameters: &[
        Parameter {
            name: "warning_percent",
            default: Integer(50),
            what: "a warning from this share of the numbers: per cent",
        },
        Parameter {
            name: "error_percent",
            default: Integer(80),
            what: "an error from this share of the numbers: per cent",
        },
    ],
    sources: &[
        Guide("S-031"),
        Manual("sql-createsequence", "MAXVALUE, CYCLE"),
        Manual("functions-sequence", "nextval"),
    ],
    examples: &[
        bad("SELECT setval('ticket_numbers', 20000);")
            .title("a smallint sequence")
            .given("CREATE SEQUENCE ticket_numbers AS smallint;"),
        bad("SELECT setval('ticket_numbers', -20000);")
            .title("one that counts down")
            .given("CREATE SEQUENCE ticket_numbers AS smallint INCREMENT -1;"),
        bad("SELECT setval('ticket_numbers', 90);")
            .title("a limit of its own")
            .given("CREATE SEQUENCE ticket_numbers MAXVALUE 100;"),
        bad("SELECT setval('ticket_numbers', 1500000000);")
            .title("an integer column behind a default, and nobody owns the sequence")
            .given(
                "CREATE SEQUENCE ticket_numbers AS integer;\n\
                 CREATE TABLE tickets (\n\
                 \x20   id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n\
                 \x20   number integer NOT NULL DEFAULT nextval('ticket_numbers')\n\
                 );",
            )
            .advice(),
        bad("SELECT setval('ticket_numbers', 40000);")
            .title("a cycle does not help when the column ends before the sequence")
            .given(
                "CREATE SEQUENCE ticket_numbers AS integer MAXVALUE 60000 CYCLE;\n\
                 CREATE TABLE tickets (\n\
                 \x20   id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n\
                 \x20   number smallint NOT NULL DEFAULT nextval('ticket_numbers')\n\
                 );\n\
                 SELECT architect.configure('sequence-column-mismatch', 'off');",
            )
            .advice(),
        good("SELECT setval('ticket_numbers', 1000000);")
            .title("far from its end")
            .given("CREATE SEQUENCE ticket_numbers AS integer;"),
        good("SELECT setval('ticket_numbers', 30000);")
            .title("a sequence that begins again")
            .given("CREATE SEQUENCE ticket_numbers AS smallint CYCLE;"),
        good("CREATE SEQUENCE ticket_numbers AS smallint START 30000;").title("never used"),
        good("SELECT setval('ticket_numbers', 3000000000);").title("bigint from end to end").given(
            "CREATE SEQUENCE ticket_numbers;\n\
                 CREATE TABLE tickets (id bigint DEFAULT nextval('ticket_numbers') PRIMARY KEY);",
        ),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let mut unread: Vec<(Option<Unread>, String)> = Vec::new();
    for sequence in database.sequences.iter().filter(|s| !s.exempt && database.in_scope(s.oid)) {
        let name = sql::qualified(&sequence.schema, &sequence.name);
        if sequence.endless {
            continue;
        }
        if !sequence.readable {
            unread.push((sequence.unread.or(Some(Unread::Denied)), name));
            continue;
        }
        let up = sequence.increment > 0;
        let fed = feeds(database, sequence);
        // The narrowest column ends it, where that is before the sequence's own end.
        let narrowest = fed
            .iter()
            .filter_map(|feed| range_of(&feed.column.data_type).map(|(low, high)| (feed, if up { high } else { low })))
            .min_by_key(|(_, limit)| if up { *limit } else { limit.saturating_neg() });
        let own = if up { sequence.max } else { sequence.min };
        let (limit, column) = match narrowest {
            Some((feed, limit)) if (up && limit < own) || (!up && limit > own) => (limit, Some(feed)),
            _ => (own, None),
        };
        if sequence.cycle && column.is_none() {
            continue;
        }
        // Of one that was set and not used since, the value before the next one is what counts as drawn.
        let next = sequence.next_value.filter(|next| sequence.last_value.is_none() && *next != sequence.start);
        let last = match (sequence.last_value, next) {
            (Some(last), _) => last,
            (None, Some(next)) => next.saturating_sub(sequence.increment),
            (None, None) => {
                if sequence.next_value.is_none() && sequence.was_set {
                    unread.push((None, name));
                }
                continue;
            }
        };
        // A sequence that may reach far below its start does not begin there.
        let begin = if up == (last >= sequence.start) {
            sequence.start
        } else if up {
            sequence.min
        } else {
            sequence.max
        };
        let all = (limit as f64 - begin as f64).abs();
        let used = (last as f64 - begin as f64).abs();
        let share = percent(used, all);
        let (warning, error) = (cx.number("warning_percent"), cx.number("error_percent"));
        if share < warning.min(error) {
            continue;
        }
        // A step before the first value may be before all that the type holds.
        let gone = if up { last > limit } else { last < limit };
        let left = if gone { 0.0 } else { (limit as f64 - last as f64).abs() };
        let left = left / sequence.increment.unsigned_abs().max(1) as f64;
        let message = match column {
            Some(feed) => format!("{share} % of the numbers that fit {} are used", feed.sql()),
            None => format!("{share} % of the numbers of sequence {name} are used"),
        };
        let finding = out.object("sequence", &sequence.schema, &sequence.name, message);
        finding.object.oid = sequence.oid;
        if share >= error {
            finding.severity(Error);
        }
        let ends = match column {
            Some(feed) => format!("the column is {} and ends at", feed.column.data_type.name),
            None => format!("the sequence is {} and ends at", sequence.data_type),
        };
        let stands = match next {
            Some(next) => format!("It was set, and its next value is {next}"),
            None => format!("The last value is {last}"),
        };
        finding
            .detail(format!(
                "{stands}; {ends} {limit}. {} more values can be drawn, then every INSERT that needs one fails.",
                count(left as u64)
            ))
            .evidence(if next.is_some() { "next_value" } else { "last_value" }, next.unwrap_or(last))
            .evidence("limit", limit)
            .evidence("left", left as u64)
            .evidence("used_percent", share)
            .impact(0, fed.iter().map(|feed| feed.table.relation.size.rows).max().unwrap_or(0), 0);
        remedy(finding, sequence, &name, column, &fed);
    }
    for why in [Some(Unread::Denied), Some(Unread::Locked), Some(Unread::Unlogged), None] {
        let names: Vec<String> = unread.iter().filter(|(of, _)| *of == why).map(|(_, name)| name.clone()).collect();
        let Some(first) = names.first() else { continue };
        let object = if names.len() == 1 { first.clone() } else { "database".to_owned() };
        let last = format!("the last value of {}", list(&names, 3));
        let (reason, remedy) = match why {
            Some(Unread::Denied) => (
                format!("{last} may not be seen"),
                format!("GRANT SELECT ON SEQUENCE {first} TO {};", sql::ident(&database.server.role)),
            ),
            Some(Unread::Locked) => (
                format!("{last} was not read: another session has it locked"),
                "Ask again when its transaction has ended.".to_owned(),
            ),
            Some(Unread::Unlogged) => {
                (format!("{last} is not known on a standby: it is unlogged"), "Ask the primary.".to_owned())
            }
            None => (
                format!(
                    "{} was restarted or altered and not used since: where it stands is not known",
                    list(&names, 3)
                ),
                format!("SELECT last_value FROM {first};"),
            ),
        };
        out.not_judged(object, reason, remedy);
    }
}

fn remedy(finding: &mut Finding, sequence: &Sequence, name: &str, column: Option<&Feed>, fed: &[Feed]) {
    if let Some(feed) = column {
        finding.advice(format!(
            "Widen {} to bigint: a new column, kept in step by a trigger, filled in batches, indexed CONCURRENTLY and swapped. To gain \
             time where no reader minds negative numbers, restart the sequence at the lower end of the type.",
            feed.sql()
        ));
        return;
    }
    // The type's own limit is not lifted by NO MAXVALUE; a wider type only helps as far as the columns are wide.
    let narrow_column =
        fed.iter().find(|feed| feed.column.data_type.base != "bigint" && range_of(&feed.column.data_type).is_some());
    let edge = if sequence.increment > 0 { "NO MAXVALUE" } else { "NO MINVALUE" };
    if let Some(feed) = narrow_column {
        finding.advice(format!(
            "Widen {} to bigint, and the sequence with it: ALTER SEQUENCE {name} AS bigint {edge}.",
            feed.sql()
        ));
    } else if sequence.data_type == "bigint"
        && (sequence.max == i64::MAX || sequence.increment < 0 && sequence.min == i64::MIN)
    {
        finding.advice("Nothing is wider than bigint: find out who draws so many numbers.");
    } else {
        let target = if sequence.data_type == "bigint" { "" } else { " AS bigint" };
        finding
            .advice("Let the sequence go on; this changes its catalog entry only:")
            .remedy(format!("ALTER SEQUENCE {name}{target} {edge};"));
    }
}
