//! An event trigger that is switched off.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "event-trigger-disabled",
    category: CodeRules,
    severity: Warning,
    title: "an event trigger is disabled",
    why: "An event trigger watches or forbids DDL: audit, ownership, replication of DDL. Switched off for one migration and forgotten, it leaves a gap \
          that nothing shows. One that fires for replicas only does nothing in ordinary sessions either.",
    remedy: "Enable it again, or drop it.",
    parameters: &[],
    sources: &[Manual("sql-altereventtrigger", "DISABLE")],
    examples: &[
        bad("CREATE EVENT TRIGGER note_ddl ON ddl_command_end EXECUTE FUNCTION note_ddl();\nALTER EVENT TRIGGER note_ddl DISABLE;").given(FUNCTION),
        good("CREATE EVENT TRIGGER note_ddl ON ddl_command_end EXECUTE FUNCTION note_ddl();").given(FUNCTION),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

const FUNCTION: &str = "CREATE FUNCTION note_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;";

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for trigger in database.event_triggers.iter().filter(|trigger| trigger.enabled == 'D' && !trigger.exempt) {
        let name = sql::ident(&trigger.name);
        out.object("event trigger", "", &trigger.name, format!("event trigger {name} is disabled"))
            .detail(format!("It would fire on {}.", trigger.event))
            .advice("Enable it, or drop it if nobody needs it:")
            .remedy(format!("ALTER EVENT TRIGGER {name} ENABLE;"));
    }
}
