//! The server runs a minor release that is far behind.

use crate::rule::prelude::*;

/// The newest minor release of each major that was known when this version of the extension was made, and the day on which it was
/// known to be out. It need not be complete: a server is never judged newer than it is, only at least this old. To be brought up to
/// date with each release, from the release notes.
const KNOWN: &[(u32, u32, &str)] =
    &[(15, 20, "13 November 2026"), (16, 15, "13 August 2026"), (17, 11, "13 August 2026"), (18, 6, "13 August 2026")];

/// The rule.
pub static RULE: Rule = Rule {
    name: "minor-version-outdated",
    category: Settings,
    severity: Info,
    title: "the server runs a minor release that is far behind",
    why: "Minor releases come about every three months and hold nothing but fixes: of security holes, of lost data, of crashes. They \
          need no dump and no pg_upgrade, only new binaries and a restart. Which one is the newest the server cannot know: the rule \
          compares with what was known when this version of the extension was made, and says from when that is.",
    remedy: "Install the newest minor release of the same major, read the release notes of those in between (some ask for a REINDEX), \
             and restart the server.",
    parameters: &[Parameter {
        name: "min_behind",
        default: Integer(2),
        what: "told from this difference of the minor numbers on; releases come quarterly, now and then one more",
    }],
    sources: &[
        Manual("release", "Release Notes"),
        Manual("upgrading", "minor releases never change the internal storage format"),
    ],
    examples: &[
        bad("SELECT 1;").unit().title("on PostgreSQL 16.2").advice(),
        good("SELECT 1;")
            .title("not so far behind")
            .given("SELECT architect.configure('minor-version-outdated', parameters => '{\"min_behind\": 30}');"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if database.state.is_none() {
        return;
    }
    let (major, minor) = (database.server.version_num / 10_000, database.server.version_num % 10_000);
    let Some((_, newest, day)) = KNOWN.iter().find(|(known, ..)| *known == major) else { return };
    if i64::from(*newest) - i64::from(minor) < cx.number("min_behind").max(1) {
        return;
    }
    out.object("server", "", "version", format!("PostgreSQL {major}.{minor} is far behind {major}.{newest}"))
        .detail(format!(
            "{major}.{newest} was out by {day}; newer ones may have come since, which this version of pg_architect does not know."
        ))
        .advice(format!(
            "Install the newest {major}.x and restart the server. The release notes of each one in between say what else it asks for."
        ))
        .evidence("version", format!("{major}.{minor}"))
        .evidence("known", format!("{major}.{newest}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::database_findings;

    fn found(version_num: u32) -> Vec<Finding> {
        let mut database = Database::default();
        database.server.version_num = version_num;
        database.state = Some(Box::default());
        database_findings(&RULE, &database)
    }

    #[test]
    fn a_server_is_at_least_this_old_and_never_too_new() {
        let old = found(160_002);
        assert_eq!(old.len(), 1);
        assert!(old[0].message.contains("16.2") && old[0].detail.contains("13 August 2026"), "{old:?}");
        for (major, newest, _) in KNOWN {
            for (minor, expected) in [(newest - 2, 1), (newest - 1, 0), (*newest, 0), (newest + 5, 0)] {
                assert_eq!(found(major * 10_000 + minor).len(), expected, "{major}.{minor}");
            }
        }
        assert!(found(190_000).is_empty(), "a major of which nothing is known");
    }

    #[test]
    fn every_supported_major_is_there() {
        assert_eq!(KNOWN.iter().map(|(major, ..)| *major).collect::<Vec<_>>(), [15, 16, 17, 18]);
    }
}
