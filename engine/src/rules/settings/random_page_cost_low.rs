//! A random page is said to be cheaper than the next one.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "random-page-cost-low",
    category: Settings,
    severity: Warning,
    title: "random_page_cost is below seq_page_cost",
    why: "A random page is never cheaper to read than the next one in order. With random_page_cost below seq_page_cost the planner \
          prefers index scans where they read the same pages and more.",
    remedy: "Set random_page_cost to seq_page_cost or a little more: 1.1 on SSD, 4 on rotating disks.",
    parameters: &[],
    sources: &[Manual("runtime-config-query", "random_page_cost")],
    examples: &[bad("SELECT 1;").server(CARELESS).advice(), good("SELECT 1;")],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let Some(random) = super::of_server(database, "random_page_cost", out) else { return };
    let Some(next) = super::of_server(database, "seq_page_cost", out) else { return };
    let (Ok(random), Ok(next)) = (random.value.parse::<f64>(), next.value.parse::<f64>()) else { return };
    if random < next {
        out.object("setting", "", "random_page_cost", "random_page_cost is below seq_page_cost")
            .detail(format!("random_page_cost is {random}, seq_page_cost is {next}."))
            .evidence("random_page_cost", random)
            .evidence("seq_page_cost", next)
            .advice("ALTER SYSTEM SET random_page_cost = 1.1 (SSD), then SELECT pg_reload_conf().");
    }
}
