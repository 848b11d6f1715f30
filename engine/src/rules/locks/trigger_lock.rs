//! DDL that is quick and takes a strong lock all the same.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "trigger-lock",
    category: Locks,
    severity: Info,
    title: "a trigger, a rule or a policy takes a brief strong lock",
    why: "CREATE TRIGGER and ENABLE or DISABLE TRIGGER take SHARE ROW EXCLUSIVE on the table, CREATE RULE, CREATE POLICY, ENABLE ROW LEVEL \
          SECURITY and INHERIT take ACCESS EXCLUSIVE. Each is done in a moment; but without a lock_timeout it waits for every \
          transaction that uses the table, and everybody who comes later waits behind it. `lock-timeout-missing` says the same of every \
          statement, as a warning: this rule speaks where that one is switched off.",
    remedy: "SET lock_timeout = '2s' before the statement, and run it again when it is cancelled.",
    parameters: &[],
    sources: &[
        Guide("S-191"),
        Manual("explicit-locking", "Table-Level Locks"),
        Manual("sql-createtrigger", "Notes"),
    ],
    examples: &[
        bad("SET lock_timeout = 0;\n\
             CREATE TRIGGER skip_same BEFORE UPDATE ON orders\n    \
                 FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION suppress_redundant_updates_trigger();")
        .given(with!(ORDERS, OTHERWISE_SILENT)),
        bad("SET lock_timeout = 0;\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;")
            .title("row level security")
            .given(with!(ORDERS, OTHERWISE_SILENT)),
        bad("SET lock_timeout = 0;\nCREATE POLICY own_orders ON orders USING (customer_id = 1);")
            .title("a policy")
            .given(with!(ORDERS_WITH_RLS, OTHERWISE_SILENT)),
        good("CREATE TRIGGER skip_same BEFORE UPDATE ON orders\n    \
                  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION suppress_redundant_updates_trigger();")
            .title("lock_timeout is set")
            .given(with!(ORDERS, OTHERWISE_SILENT)),
        good("SET lock_timeout = 0;\n\
              CREATE TRIGGER skip_same BEFORE UPDATE ON orders\n    \
                  FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION suppress_redundant_updates_trigger();")
            .title("lock-timeout-missing is on, and says it")
            .given(ORDERS),
        good("SET lock_timeout = 0;\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;")
            .title("an empty table")
            .given(with!(EMPTY_ORDERS, OTHERWISE_SILENT)),
        good("SET lock_timeout = 0;\nALTER TABLE orders ADD COLUMN comment text;")
            .title("not one of these")
            .given(with!(ORDERS, OTHERWISE_SILENT)),
    ],
    check: Check::Statement(check),
    also: &[],
    enabled: true,
};

/// Without the rule that says it of every statement, and without those about the security of the fixtures.
const OTHERWISE_SILENT: &str = "\
SELECT architect.configure(rule, 'off') FROM unnest(ARRAY['lock-timeout-missing', 'rls-no-policy', 'policy-without-index']) AS rule;";

fn brief(statement: &Statement) -> bool {
    const WORDS: [&str; 10] = [
        "ENABLE TRIGGER",
        "ENABLE RULE",
        "DISABLE RULE",
        "INHERIT",
        "NO INHERIT",
        "ENABLE ROW LEVEL SECURITY",
        "DISABLE ROW LEVEL SECURITY",
        "FORCE ROW LEVEL SECURITY",
        "NO FORCE ROW LEVEL SECURITY",
        "REPLICA IDENTITY",
    ];
    match &statement.ddl {
        Ddl::CreateTrigger { .. } | Ddl::CreateRule { .. } | Ddl::Policy { .. } => true,
        Ddl::Drop(drop) => matches!(drop.kind, DropKind::Other("TRIGGER" | "RULE" | "POLICY")),
        Ddl::AlterTable(alter) => alter.commands.iter().all(|command| match command {
            AlterCommand::DisableTrigger { .. } => true,
            AlterCommand::Other(words) => WORDS.contains(&words.as_str()),
            _ => false,
        }),
        _ => false,
    }
}

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    if cx.transaction.lock_timeout_ms != 0 || !brief(statement) {
        return;
    }
    let held = |touch: &Touch| {
        cx.transaction.held.iter().any(|held| held.relation.oid == touch.relation.oid && held.mode >= touch.lock)
    };
    let strong = |touch: &&Touch| touch.lock.blocks_writes() && cx.live(&touch.relation) && !held(touch);
    let Some(touch) = statement.impact.touches.iter().filter(strong).max_by_key(|touch| touch.lock) else { return };
    let relation = &touch.relation;
    if crate::judge::rule("lock-timeout-missing").is_some_and(|rule| cx.policy.is_on(rule, relation)) {
        return;
    }
    let set = if cx.transaction.in_block { "SET LOCAL" } else { "SET" };
    out.relation(relation, format!("{} takes {} on {} for a moment", statement.tag, touch.lock, relation.display()))
        .detail(crate::rules::recipes::sentences(&[
            format!(
                "The work takes no time, the wait for the lock on {} may: there is no lock_timeout, and all {} behind it wait too.",
                cx.sized(relation),
                touch.lock.blocks()
            ),
            cx.in_the_way(touch),
        ]))
        .advice("Limit the wait before the statement, and run it again when it is cancelled:")
        .remedy(format!("{set} lock_timeout = '2s';"))
        .evidence("lock", touch.lock.as_str())
        .discriminator(statement.tag.as_str());
}
