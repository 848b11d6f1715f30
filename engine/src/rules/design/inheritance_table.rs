//! Old-style inheritance: keys and foreign keys end at each table.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "inheritance-table",
    category: Design,
    severity: Warning,
    title: "a table has children by INHERITS",
    why: "A query on the parent reads its children too, but nothing else does: a primary key or a unique constraint of the parent does not hold over the \
          children, foreign keys that refer to it do not find their rows, and indexes, triggers and privileges are not passed on. The same \
          id can stand in the parent and in every child.",
    remedy: "Use declarative partitioning for parts of one table, and a common key with a foreign key for kinds of things.",
    parameters: &[],
    sources: &[Manual("ddl-inherit", "Caveats")],
    examples: &[
        bad(
            "CREATE TABLE rush_orders (courier text) INHERITS (orders);\nALTER TABLE rush_orders ADD PRIMARY KEY (id);",
        )
        .given(EMPTY_ORDERS)
        .advice(),
        bad("ALTER TABLE rush_orders INHERIT orders;")
            .given(concat!(
                "CREATE TABLE orders (id bigint PRIMARY KEY, code text);\n",
                "CREATE TABLE rush_orders (id bigint PRIMARY KEY, code text);",
            ))
            .title("a table that was there before")
            .advice(),
        good("CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .given(EVENTS)
            .title("a partition"),
    ],
    check: Check::State(check),
    also: &[Check::On(Kinds::CREATE_TABLE.or(Kinds::OTHER), check_new)],
    enabled: true,
};

/// INHERITS, and ALTER TABLE ... INHERIT.
fn check_new(statement: &Statement, _: &Context, out: &mut Findings) {
    let inherits = match &statement.ddl {
        Ddl::CreateTable(create) => !create.inherits.is_empty(),
        _ => {
            statement.commands().any(|(_, command)| matches!(command, AlterCommand::Other(words) if words == "INHERIT"))
        }
    };
    if !inherits {
        return;
    }
    let parents = statement.impact.touches.iter().filter(|touch| touch.role == Role::Parent);
    for parent in parents.map(|touch| &touch.relation).filter(|relation| relation.kind == RelationKind::Table) {
        if *parent.exempt || parent.persistence == Persistence::Temporary {
            continue;
        }
        out.relation(parent, format!("{} gets a child by INHERITS", parent.display()))
            .detail("Its keys, and foreign keys to it, do not hold over the rows of the child.")
            .advice("Use declarative partitioning, or tables with a common key.");
    }
}

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    // Inner tables of the tree are told with its top.
    if state.strategy.is_some()
        || state.children.is_empty()
        || !state.parents.is_empty()
        || relation.kind != RelationKind::Table
    {
        return;
    }
    let children: Vec<&Relation> =
        state.children.iter().filter_map(|oid| cx.database?.table(*oid)).map(|child| &child.relation).collect();
    // Extensions that partition by inheritance look after it themselves.
    if children.iter().any(|child| *child.exempt || child.schema.starts_with("_timescaledb")) {
        return;
    }
    let mut names: Vec<String> = children.iter().map(|child| child.display()).collect();
    names.sort_unstable();
    let keys = table
        .constraints
        .iter()
        .filter(|c| matches!(c.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique))
        .count();
    let keys = if keys == 0 { String::new() } else { format!(" None of its {keys} keys holds over them.") };
    out.relation(relation, format!("{} has children by INHERITS", relation.display()))
        .detail(format!("Its children are {}.{keys}", list(&names, 5)))
        .advice("Move to declarative partitioning, or to tables with a common key, before more is built on it.")
        .evidence("children", names.len());
}
