//! Commits wait for standbys that are not there.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "sync-standby-absent",
    category: Replication,
    severity: Error,
    title: "fewer synchronous standbys are there than commits wait for",
    why: "With synchronous_standby_names every COMMIT waits until as many standbys of these names have confirmed it. With fewer \
          connected it waits without end: no error, no timeout, and locks are held meanwhile. Where as many are named as are \
          needed, the first one that fails brings that about.",
    remedy: "Start the standby. Name more than are needed: ANY 1 (a, b). In need, take the missing one out and reload: the waiting \
             commits go on.",
    parameters: &[],
    sources: &[
        Guide("S-405"),
        Guide("S-406"),
        Manual("warm-standby", "Synchronous Replication"),
        Manual("runtime-config-replication", "synchronous_standby_names"),
    ],
    examples: &[
        bad("SELECT 1;")
            .server("synchronous_standby_names = 'nearby'\nsynchronous_commit = local\nmax_connections = 33")
            .advice(),
        good("SELECT 1;").title("replication that nobody waits for"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let Some(state) = &database.state else { return };
    let names = database.settings.get("synchronous_standby_names").map_or("", |setting| setting.value.as_str());
    if names.trim().is_empty() || database.server.in_recovery {
        return;
    }
    let Some(senders) = &state.senders else {
        out.not_judged(
            "server",
            "the state of standbys is not visible",
            "GRANT pg_read_all_stats, which is part of pg_monitor.",
        );
        return;
    };
    let (needed, listed) = wanted(names);
    let present = senders.iter().filter(|s| matches!(s.sync_state.as_str(), "sync" | "quorum")).count();
    let shown = sql::literal(names);
    if present < needed {
        out.object("setting", "", "synchronous_standby_names", format!("{present} of {needed} synchronous standbys are there: commits wait"))
            .detail(format!("synchronous_standby_names is {shown}. Every commit waits without end, unless its synchronous_commit is local or off."))
            .evidence("present", present)
            .evidence("needed", needed)
            .advice("Start the standby, or take it out of synchronous_standby_names and SELECT pg_reload_conf().");
    } else if listed.is_some_and(|listed| listed <= needed) {
        out.object("setting", "", "synchronous_standby_names", "no synchronous standby may fail")
            .severity(Warning)
            .detail(format!("synchronous_standby_names is {shown}: as many are named as are needed, and when one fails every commit waits."))
            .evidence("needed", needed)
            .advice("Name more than are needed: ANY 1 (a, b).");
    }
}

/// How many standbys a commit waits for, and how many are named; none where any name will do.
fn wanted(names: &str) -> (usize, Option<usize>) {
    let upper = names.trim().to_uppercase();
    let bare = upper.strip_prefix("FIRST").or_else(|| upper.strip_prefix("ANY")).unwrap_or(&upper).trim_start();
    let digits: String = bare.chars().take_while(char::is_ascii_digit).collect();
    let counted = !digits.is_empty() && bare[digits.len()..].trim_start().starts_with('(');
    let needed = if counted { digits.parse().unwrap_or(1) } else { 1 };
    let listed = if names.contains('*') { None } else { Some(names.split(',').count()) };
    (needed, listed)
}

#[cfg(test)]
mod tests {
    use super::wanted;

    #[test]
    fn the_list_is_read_as_postgres_reads_it() {
        assert_eq!(wanted("a"), (1, Some(1)));
        assert_eq!(wanted("a, b"), (1, Some(2)));
        assert_eq!(wanted("ANY 2 (a, b, c)"), (2, Some(3)));
        assert_eq!(wanted("first 1 (a)"), (1, Some(1)));
        assert_eq!(wanted("2 (a, b)"), (2, Some(2)));
        assert_eq!(wanted("*"), (1, None));
        assert_eq!(wanted("any_name"), (1, Some(1)));
    }
}
