//! Facts in, findings out: the heart.

use crate::context::{Context, Moment};
use crate::convention;
use crate::facts::{
    Aftermath, Aspects, Database, InlineSuppression, Kinds, Persistence, Place, RelationKind, Statement, Table,
    Transaction,
};
use crate::finding::{Finding, Findings, NotJudged};
use crate::hash::QuickSet;
use crate::policy::Policy;
use crate::rule::{Category, Check, Rule, Severity};
use crate::rules::RULES;
use std::collections::HashSet;
use std::sync::OnceLock;

/// What the judges need besides the facts.
pub struct Surroundings<'a> {
    /// When.
    pub moment: Moment,
    /// The server's version: 150020.
    pub server_version_num: u32,
    /// The transaction so far.
    pub transaction: &'a Transaction,
    /// What decides about severities and suppressions.
    pub policy: &'a Policy,
}

/// A check of a rule. Those of one rule stand together.
#[derive(Clone, Copy)]
struct Listed {
    rule: &'static Rule,
    check: Check,
}

/// The rules that can be on under a policy, by the moment at which they judge. Most of some hundred rules have nothing to say
/// about a statement, or are for full checks: they cost nothing here.
#[derive(Clone)]
struct Lists {
    start: Vec<Listed>,
    text: Vec<Listed>,
    skipped: Vec<Listed>,
    aftermath: Vec<Listed>,
    /// For the body of a function, which does not run now.
    routine: Vec<Listed>,
    comments: Vec<Listed>,
}

/// The rules that judge a statement in the body of a function: what is bad whenever it runs. What a lock or a rewrite costs is
/// for the moment at which it is called.
const IN_ROUTINES: &[&str] = &[
    "array-any-instead-of-contains",
    "composite-index-column-order",
    "concurrent-in-transaction",
    "data-change-without-where",
    "database-dropped",
    "dynamic-sql-unseen",
    "identifier-truncated",
    "jsonb-key-equality-without-index",
];

impl Lists {
    fn of(policy: &Policy) -> Lists {
        let on: Vec<&'static Rule> = RULES.iter().copied().filter(|rule| policy.may_be_on(rule)).collect();
        let list = |wanted: fn(&Check) -> bool| -> Vec<Listed> {
            let listed = on.iter().flat_map(|rule| rule.checks().map(move |check| Listed { rule, check: *check }));
            listed.filter(|listed| wanted(&listed.check)).collect()
        };
        Lists {
            start: list(|check| matches!(check, Check::Statement(_) | Check::On(..))),
            text: list(|check| matches!(check, Check::Statement(_) | Check::On(..) | Check::Text(_))),
            skipped: list(|check| matches!(check, Check::Skipped(_))),
            aftermath: list(|check| check.moment() == "commit"),
            routine: list(|check| matches!(check, Check::Statement(_) | Check::On(..) | Check::Text(_)))
                .into_iter()
                .filter(|listed: &Listed| IN_ROUTINES.contains(&listed.rule.name))
                .collect(),
            comments: list(|check| matches!(check, Check::Comment(_))),
        }
    }
}

/// The lists of a policy: made at its first judgement, and by every copy for itself. Whoever changes a policy that has judged
/// already changes a copy.
#[derive(Default)]
pub struct Dispatch(OnceLock<Lists>);

impl Clone for Dispatch {
    fn clone(&self) -> Dispatch {
        Dispatch::default()
    }
}

impl PartialEq for Dispatch {
    fn eq(&self, _: &Dispatch) -> bool {
        true
    }
}

impl std::fmt::Debug for Dispatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dispatch")
    }
}

/// Runs the checks. `asks` says whether a check has anything to look at, and `call` lets it look.
fn run(
    list: &[Listed],
    surroundings: &Surroundings,
    position: Option<usize>,
    asks: impl Fn(&Check) -> bool,
    mut call: impl FnMut(&Check, &Context, &mut Findings),
) -> Vec<Finding> {
    let mut out = Vec::new();
    let Some(first) = list.first() else { return out };
    let mut context = Context {
        rule: first.rule,
        moment: surroundings.moment,
        server_version_num: surroundings.server_version_num,
        transaction: surroundings.transaction,
        policy: surroundings.policy,
        database: None,
    };
    let mut findings = Findings::new(first.rule, position);
    for Listed { rule, check } in list {
        let asked = asks(check);
        // What is passed over is asked all the same where that costs nobody anything: in the builds that are tested.
        if !asked && !cfg!(debug_assertions) {
            continue;
        }
        if !std::ptr::eq(context.rule, *rule) {
            if !findings.is_empty() {
                out.extend(settle(findings.take(), surroundings.policy));
            }
            context.rule = rule;
            findings.turn_to(rule);
        }
        let before = findings.len();
        call(check, &context, &mut findings);
        assert!(asked || findings.len() == before, "{} speaks of what it does not say that it looks at", rule.name);
    }
    if !findings.is_empty() {
        out.extend(settle(findings.take(), surroundings.policy));
    }
    out.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    out
}

/// Severities as the policy has them; what is switched off or suppressed is left out; no fingerprint twice.
fn settle(findings: Vec<Finding>, policy: &Policy) -> Vec<Finding> {
    let mut seen: HashSet<String> = HashSet::new();
    let mut kept = Vec::new();
    for mut finding in findings {
        let Some(severity) = policy.severity(&finding) else { continue };
        if policy.suppressed(&finding) || policy.adopted(&finding) {
            continue;
        }
        finding.severity = severity;
        if seen.insert(finding.fingerprint()) {
            kept.push(finding);
        }
    }
    kept
}

/// Judges a statement: before its lock, or in a text.
#[must_use]
pub fn statement(statement: &Statement, surroundings: &Surroundings) -> Vec<Finding> {
    let lists = surroundings.policy.dispatch.0.get_or_init(|| Lists::of(surroundings.policy));
    let list = match surroundings.moment {
        _ if matches!(statement.place, Place::Routine { .. }) => &lists.routine,
        _ if statement.nothing_to_do => &lists.skipped,
        Moment::Lint => &lists.text,
        _ => &lists.start,
    };
    let kinds = Kinds::of(&statement.ddl);
    let asks = |check: &Check| !matches!(check, Check::On(wanted, _) if !wanted.meets(kinds));
    let mut found = run(list, surroundings, Some(statement.position), asks, |check, context, findings| match check {
        Check::Statement(check) | Check::On(_, check) | Check::Text(check) | Check::Skipped(check) => {
            check(statement, context, findings);
        }
        _ => {}
    });
    if let Some(place) = statement.place.sentence() {
        for finding in &mut found {
            finding.detail = format!("{} {place}", finding.detail).trim_start().to_owned();
        }
    }
    found
}

/// Judges the comments of a text that allow findings, when all findings are known.
#[must_use]
pub fn comments(comments: &[InlineSuppression], surroundings: &Surroundings) -> Vec<Finding> {
    let lists = surroundings.policy.dispatch.0.get_or_init(|| Lists::of(surroundings.policy));
    let judged = |comment: &InlineSuppression| {
        run(
            &lists.comments,
            surroundings,
            Some(comment.position),
            |_| true,
            |check, context, findings| {
                if let Check::Comment(check) = check {
                    check(comment, context, findings);
                }
            },
        )
    };
    comments.iter().flat_map(judged).collect()
}

/// Whether the statement may have to wait for a lock on a live table while reads or writes queue behind it: the question of the rule
/// `lock-timeout-missing`, with its parameters, whatever the lock_timeout is.
#[must_use]
pub fn awaits_strong_lock(statement: &Statement, surroundings: &Surroundings) -> bool {
    let context = Context {
        rule: &crate::rules::LOCK_TIMEOUT_MISSING,
        moment: surroundings.moment,
        server_version_num: surroundings.server_version_num,
        transaction: surroundings.transaction,
        policy: surroundings.policy,
        database: None,
    };
    !crate::rules::awaited_locks(statement, &context).is_empty()
}

/// Judges what a transaction, or a text, leaves behind; or, with everything marked as touched, a schema. Each name speaks for
/// itself here; who shows the findings puts those of a table together (`convention::of_tables`) when all of them are settled.
#[must_use]
pub fn aftermath(aftermath: &Aftermath, surroundings: &Surroundings) -> Vec<Finding> {
    let lists = surroundings.policy.dispatch.0.get_or_init(|| Lists::of(surroundings.policy));
    let tables: Vec<(&Table, Aspects)> = aftermath
        .tables
        .iter()
        .filter(|table| table.relation.persistence != Persistence::Temporary)
        .map(|table| (table, table.touched_aspects()))
        .collect();
    let touched = tables.iter().fold(Aspects::default(), |all, (_, aspects)| all.or(*aspects));
    let asks = |check: &Check| match check {
        Check::Table(_) => !tables.is_empty(),
        Check::Of(aspects, _) => aspects.meets(touched),
        Check::Function(_) => !aftermath.functions.is_empty(),
        Check::Named(_) => !aftermath.named.is_empty(),
        Check::Renamed(_) => !aftermath.renamed.is_empty(),
        _ => true,
    };
    run(&lists.aftermath, surroundings, None, asks, |check, context, findings| match check {
        Check::Table(check) | Check::Of(_, check) => {
            // Whose a table is, is asked only where there is something to say about it.
            for (table, _) in &tables {
                let before = findings.len();
                check(table, context, findings);
                if findings.len() > before && !context.judged(&table.relation) {
                    findings.truncate(before);
                }
            }
        }
        Check::Function(check) => {
            for function in aftermath.functions.iter().filter(|function| !function.exempt) {
                check(function, context, findings);
            }
        }
        Check::Named(check) => {
            for named in aftermath.named.iter().filter(|n| n.relation.persistence != Persistence::Temporary) {
                let before = findings.len();
                check(named, context, findings);
                if findings.len() > before && (*named.derived || !context.judged(&named.relation)) {
                    findings.truncate(before);
                }
            }
        }
        Check::Renamed(check) => {
            for renamed in aftermath.renamed.iter().filter(|r| context.judged(&r.relation)) {
                check(renamed, context, findings);
            }
        }
        Check::Aftermath(check) => check(aftermath, context, findings),
        Check::Statement(_) | Check::On(..) | Check::Skipped(_) | Check::Text(_) => {}
        Check::State(_) | Check::Database(_) | Check::Unused(_) | Check::Comment(_) => {}
    })
}

/// What a full check is asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The categories; none for all.
    pub categories: Option<Vec<Category>>,
    /// The least severity.
    pub min_severity: Option<Severity>,
    /// Also say what could not be judged.
    pub gaps: bool,
    /// Findings about names that are more than this many of one rule in one schema become one finding about the schema: that is a
    /// convention and no slip. None: every name by itself.
    pub group_over: Option<usize>,
}

/// What a full check gives.
#[derive(Debug, Default)]
pub struct Judgement {
    /// The findings, the highest score first.
    pub findings: Vec<Finding>,
    /// What could not be judged, and why; only where it was wanted.
    pub not_judged: Vec<NotJudged>,
}

/// Judges a whole database, or what its scope leaves of it. `pause` is called now and then, for interrupts.
pub fn database(database: &Database, policy: &Policy, wanted: &Wanted, pause: &mut dyn FnMut()) -> Judgement {
    let transaction = Transaction::default();
    let in_category = |rule: &Rule| wanted.categories.as_ref().is_none_or(|list| list.contains(&rule.category));
    let empty = |rule: &'static Rule| match wanted.group_over {
        _ if wanted.gaps => Findings::with_gaps(rule),
        Some(limit) if rule.category == Category::Naming => Findings::for_groups(rule, limit),
        _ => Findings::new(rule, None),
    };
    let mut judges: Vec<(Context, Findings)> = RULES
        .iter()
        .copied()
        .filter(|rule| in_category(rule) && policy.may_be_on(rule))
        .map(|rule| {
            let context = Context {
                rule,
                moment: Moment::Check,
                server_version_num: database.server.version_num,
                transaction: &transaction,
                policy,
                database: Some(database),
            };
            (context, empty(rule))
        })
        .collect();
    look(database, &mut judges, pause);
    let mut judgement = Judgement::default();
    if wanted.gaps {
        judgement.not_judged.extend(general_gaps(database));
    }
    let mut used: HashSet<usize> = HashSet::new();
    let mut last: Vec<(Context, Findings)> = Vec::new();
    for (context, mut findings) in judges {
        judgement.not_judged.extend(findings.take_not_judged());
        if context.rule.checks().any(|check| matches!(check, Check::Unused(_))) {
            last.push((context, findings));
            continue;
        }
        let crowded = findings.take_crowded();
        let mut settled = settled(findings, database, policy, &mut used);
        // Too few are left for a group: they need the texts that were left out.
        if crowded.iter().any(|schema| convention::stays_apart(&settled, schema, wanted.group_over)) {
            let rule = context.rule;
            let mut again = [(context, Findings::new(rule, None))];
            look(database, &mut again, pause);
            let [(_, findings)] = again;
            settled = self::settled(findings, database, policy, &mut used);
        }
        judgement.findings.append(&mut settled);
    }
    // Only who looked at everything can say that a suppression covers nothing.
    if wanted.categories.is_none() && database.scope.is_none() {
        let at_check =
            |name: &str| rule(name).is_none_or(|rule| rule.checks().any(|c| !matches!(c.moment(), "start" | "lint")));
        let unused: Vec<&crate::policy::Suppression> = policy
            .suppressions
            .iter()
            .enumerate()
            .filter(|(n, suppression)| !used.contains(n) && at_check(&suppression.rule))
            .map(|(_, suppression)| suppression)
            .collect();
        for (context, mut findings) in last {
            for check in context.rule.checks() {
                if let Check::Unused(check) = check {
                    check(&unused, &context, &mut findings);
                }
            }
            judgement.findings.append(&mut settled(findings, database, policy, &mut used));
        }
    }
    if let Some(limit) = wanted.group_over {
        judgement.findings = convention::of_schemas(judgement.findings, limit);
    }
    judgement.findings.retain(|finding| wanted.min_severity.is_none_or(|least| finding.severity >= least));
    judgement.findings = ranked(judgement.findings);
    judgement
}

/// The findings in the order in which they are told. They are large: each is moved once.
fn ranked(findings: Vec<Finding>) -> Vec<Finding> {
    // The score takes logarithms: once for each finding, not for each comparison.
    let mut order: Vec<(std::cmp::Reverse<u32>, usize)> =
        findings.iter().enumerate().map(|(place, finding)| (std::cmp::Reverse(finding.score()), place)).collect();
    order.sort_by(|(a_rank, a), (b_rank, b)| {
        let (a, b) = (&findings[*a], &findings[*b]);
        a_rank
            .cmp(b_rank)
            .then_with(|| a.rule.name.cmp(b.rule.name))
            .then_with(|| a.object.schema.cmp(&b.object.schema))
            .then_with(|| a.object.name.cmp(&b.object.name))
    });
    let mut findings: Vec<Option<Finding>> = findings.into_iter().map(Some).collect();
    order.into_iter().filter_map(|(_, place)| findings[place].take()).collect()
}

/// The tables that a rule looks at before the next rule does: what a full check knows of so many fits into a cache of the second
/// level.
const BLOCK: usize = 16;

/// Has rules look at a database. `pause` is called now and then, for interrupts.
fn look(database: &Database, judges: &mut [(Context, Findings)], pause: &mut dyn FnMut()) {
    // Most of the rules have nothing to say about a table by itself.
    let of_tables: Vec<(usize, &Check)> = judges
        .iter()
        .enumerate()
        .flat_map(|(place, (context, _))| context.rule.checks().map(move |check| (place, check)))
        .filter(|(_, check)| matches!(check, Check::Table(_) | Check::Of(..) | Check::State(_)))
        .collect();
    // A few tables at a time, and rule by rule: the tables stay in the processor's cache while all rules look at them, and a rule's
    // own code while it looks at all of these.
    for (n, tables) in database.tables.chunks(BLOCK).enumerate() {
        if n % 16 == 0 {
            pause();
        }
        let tables: Vec<&Table> =
            tables.iter().filter(|t| !*t.relation.exempt && database.in_scope(t.relation.oid)).collect();
        for (place, check) in &of_tables {
            let (context, findings) = &mut judges[*place];
            match check {
                Check::Table(check) | Check::Of(_, check) => {
                    for table in tables.iter().filter(|t| t.relation.kind != RelationKind::MaterializedView) {
                        check(table, context, findings);
                    }
                }
                Check::State(check) => {
                    for table in tables.iter().filter(|t| t.relation.kind != RelationKind::ForeignTable) {
                        if let Some(state) = &table.state {
                            check(table, state, context, findings);
                        }
                    }
                }
                _ => {}
            }
        }
    }
    for (context, findings) in judges {
        pause();
        for check in context.rule.checks() {
            match check {
                Check::Function(check) => {
                    for function in database.functions.iter().filter(|function| !function.exempt) {
                        check(function, context, findings);
                    }
                }
                Check::Named(check) => {
                    let named = database.named.iter().filter(|named| {
                        !*named.derived && context.judged(&named.relation) && database.in_scope(named.relation.oid)
                    });
                    for named in named {
                        check(named, context, findings);
                    }
                }
                Check::Database(check) => check(database, context, findings),
                _ => {}
            }
        }
    }
}

/// What stood in the way of all rules alike.
fn general_gaps(database: &Database) -> Vec<NotJudged> {
    const EVERY_RULE: &str = "*";
    let gap = |object: String, reason: &str, remedy: &str| NotJudged {
        rule: EVERY_RULE,
        object,
        reason: reason.to_owned(),
        remedy: remedy.to_owned(),
    };
    let locked = database.tables.iter().filter(|table| {
        !*table.relation.exempt
            && database.in_scope(table.relation.oid)
            && table.state.as_ref().is_some_and(|state| state.locked)
    });
    let mut gaps: Vec<NotJudged> = locked
        .map(|table| {
            gap(
                table.relation.sql(),
                "another session holds or waits for ACCESS EXCLUSIVE on it: its expressions were not read",
                "Check again when the table is free.",
            )
        })
        .collect();
    if !database.server.reads_all_stats {
        gaps.push(gap(
            "server".to_owned(),
            "the role that asks may not see every statistic: what other roles do, and statistics of columns that it may not read",
            "GRANT pg_monitor TO the role, and SELECT on the tables whose column statistics are to count.",
        ));
    }
    gaps
}

/// As `settle`, for a full check: notes which suppressions covered something, and leaves out what is out of scope.
fn settled(findings: Findings, database: &Database, policy: &Policy, used: &mut HashSet<usize>) -> Vec<Finding> {
    let mut seen: QuickSet<u64> = QuickSet::default();
    let mut identity = String::new();
    let mut list = findings.into_vec();
    list.retain_mut(|finding| {
        let object = &finding.object;
        let related = object.kind != "function" && object.kind != "procedure" && object.kind != "index";
        if related && object.oid != 0 && !database.in_scope(object.oid) {
            return false;
        }
        let Some(severity) = policy.severity(finding) else { return false };
        if let Some(suppression) = policy.suppression(finding) {
            used.insert(suppression);
            return false;
        }
        if policy.adopted(finding) {
            return false;
        }
        finding.severity = severity;
        identity.clear();
        finding.object.push_identity(&mut identity);
        seen.insert(finding.number_of(&identity))
    });
    list
}

/// The rule of this name, which may be another one of its names.
#[must_use]
pub fn rule(name: &str) -> Option<&'static Rule> {
    let name = crate::rules::other_names::own_name(name);
    RULES.iter().copied().find(|rule| rule.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{RuleSetting, SeverityOrOff};

    fn setting(rule: &str, severity: SeverityOrOff, schema_pattern: &str) -> RuleSetting {
        RuleSetting {
            rule: rule.to_owned(),
            schema_pattern: schema_pattern.to_owned(),
            table_pattern: "%".to_owned(),
            severity: Some(severity),
            ..RuleSetting::default()
        }
    }

    fn listed(list: &[Listed]) -> Vec<(&'static str, std::mem::Discriminant<Check>)> {
        list.iter().map(|listed| (listed.rule.name, std::mem::discriminant(&listed.check))).collect()
    }

    #[test]
    fn no_check_of_a_rule_that_can_be_on_is_lost() {
        let policies = [
            vec![],
            vec![setting("*", SeverityOrOff::Off, "%")],
            vec![setting("*", SeverityOrOff::On, "%")],
            vec![setting("*", SeverityOrOff::Off, "%"), setting("index-not-concurrent", SeverityOrOff::On, "shop")],
            vec![setting("index-not-concurrent", SeverityOrOff::Off, "shop")],
            vec![setting("index-not-concurrent", SeverityOrOff::Off, "%")],
        ];
        for settings in policies {
            let policy = Policy { settings, ..Policy::default() };
            let lists = Lists::of(&policy);
            // What a judgement without lists would call, told apart by the kinds that each moment takes.
            let all = |called: fn(&Check) -> bool| -> Vec<_> {
                let checks = RULES.iter().flat_map(|rule| rule.checks().map(move |check| (*rule, check)));
                checks
                    .filter(|(rule, check)| policy.may_be_on(rule) && called(check))
                    .map(|(rule, check)| (rule.name, std::mem::discriminant(check)))
                    .collect()
            };
            assert_eq!(listed(&lists.start), all(|check| matches!(check, Check::Statement(_) | Check::On(..))));
            let in_text = |check: &Check| matches!(check, Check::Statement(_) | Check::On(..) | Check::Text(_));
            assert_eq!(listed(&lists.text), all(in_text));
            assert_eq!(listed(&lists.skipped), all(|check| matches!(check, Check::Skipped(_))));
            let at_commit = all(|check| match check {
                Check::Table(_)
                | Check::Of(..)
                | Check::Function(_)
                | Check::Named(_)
                | Check::Renamed(_)
                | Check::Aftermath(_) => true,
                Check::Statement(_) | Check::On(..) | Check::Skipped(_) | Check::Text(_) => false,
                Check::State(_) | Check::Database(_) | Check::Unused(_) | Check::Comment(_) => false,
            });
            assert_eq!(listed(&lists.aftermath), at_commit);
        }
    }

    #[test]
    fn a_copy_of_a_policy_makes_its_own_lists() {
        let policy = Policy::default();
        let before = policy.dispatch.0.get_or_init(|| Lists::of(&policy)).start.len();
        let mut copy = policy.clone();
        copy.settings.push(setting("*", SeverityOrOff::Off, "%"));
        assert!(
            copy.dispatch.0.get().is_none() && copy == Policy { settings: copy.settings.clone(), ..policy.clone() }
        );
        assert!(before > 0 && copy.dispatch.0.get_or_init(|| Lists::of(&copy)).start.is_empty());
    }
}
