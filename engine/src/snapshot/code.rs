//! Functions, views, rewrite rules, event triggers and types.

use super::build::{Loader, Scope, kind};
use super::names::{RELATIONS, TYPES};
use super::source::{Cursor, Error, Parameter};
use crate::facts::*;
use crate::hash::QuickMap;

/// The rest of a function's row.
pub(super) fn function_state(row: &mut Cursor) -> FunctionState {
    let mut state = FunctionState {
        owner: row.oid(),
        language: row.text(),
        volatility: row.character(),
        parallel: row.character(),
        strict: row.boolean(),
        leakproof: row.boolean(),
        cost: row.float().unwrap_or(0.0),
        rows: row.float().unwrap_or(0.0),
        returns_set: row.boolean(),
        returns: row.text(),
        is_trigger: row.boolean(),
        is_event_trigger: row.boolean(),
        settings: row.texts(),
        body: row.optional(),
        called_by_trigger: row.boolean(),
        ..FunctionState::default()
    };
    let (grantees, grantable) = (row.oids(), row.shorts());
    state.grants = grantees
        .into_iter()
        .zip(grantable)
        .map(|(grantee, grantable)| Grant { grantee, privilege: "EXECUTE".to_owned(), grantable: grantable != 0 })
        .collect();
    state
}

impl Loader<'_> {
    pub(super) fn views(&mut self) -> Result<(), Error> {
        let all = self.database.named.iter();
        let views: Vec<Oid> = all
            .filter(|named| matches!(named.kind, RelationKind::View | RelationKind::MaterializedView))
            .map(|named| named.relation.oid)
            .collect();
        if views.is_empty() {
            return Ok(());
        }
        let names = std::mem::take(&mut self.names);
        let mut places: QuickMap<Oid, usize> = QuickMap::default();
        self.read("views", &[Parameter::Oids(Some(&views))], |database, row| {
            let (oid, schema) = (row.oid(), row.oid());
            let mut view = View { oid, schema: names.schema(schema), name: row.text(), ..View::default() };
            view.kind = kind(row.character());
            view.owner = row.oid();
            view.security_invoker = row.boolean();
            view.security_barrier = row.boolean();
            view.check_option = row.optional();
            view.populated = row.boolean();
            view.written = row.float();
            view.commented = names.commented(RELATIONS, oid);
            view.exempt = names.exempt(RELATIONS, oid, schema);
            let (grantees, privileges, grantable) = (row.oids(), row.texts(), row.shorts());
            view.grants = grantees
                .into_iter()
                .zip(privileges)
                .zip(grantable)
                .map(|((grantee, privilege), grantable)| Grant { grantee, privilege, grantable: grantable != 0 })
                .collect();
            places.insert(view.oid, database.views.len());
            database.views.push(view);
        })?;
        self.names = names;
        self.read("view_dependencies", &[Parameter::Oids(Some(&views))], |database, row| {
            let Some(place) = places.get(&row.oid()).copied() else { return };
            let (oid, function) = (row.oid(), row.boolean());
            let view = &mut database.views[place];
            if function { view.calls.push(oid) } else { view.reads.push(oid) }
        })?;
        depths(&mut self.database.views, &places);
        Ok(())
    }

    pub(super) fn rewrite_rules(&mut self) -> Result<(), Error> {
        let wanted = self.wanted.clone();
        self.read("rewrite_rules", &[Parameter::Oids(wanted.as_deref())], |database, row| {
            database.rewrite_rules.push(RewriteRule {
                name: row.text(),
                relation: row.oid(),
                event: row.character(),
                enabled: row.character(),
                instead: row.boolean(),
                nothing: row.boolean(),
            });
        })
    }

    pub(super) fn event_triggers(&mut self, scope: &Scope) -> Result<(), Error> {
        if *scope != Scope::default() {
            return Ok(());
        }
        self.read("event_triggers", &[], |database, row| {
            database.event_triggers.push(EventTrigger {
                oid: row.oid(),
                name: row.text(),
                owner: row.oid(),
                event: row.text(),
                enabled: row.character(),
                tags: row.texts(),
                function: row.oid(),
                exempt: row.boolean(),
            });
        })
    }

    pub(super) fn user_types(&mut self, scope: &Scope) -> Result<(), Error> {
        if scope.relation.is_some() {
            return Ok(());
        }
        let all = self.database.named.iter();
        let composites: Vec<Oid> =
            all.filter(|named| named.kind == RelationKind::CompositeType).map(|named| named.relation.oid).collect();
        let names = std::mem::take(&mut self.names);
        let parameters = [Parameter::Text(scope.schema.as_deref()), Parameter::Oids(Some(&composites))];
        self.read("user_types", &parameters, |database, row| {
            let (oid, schema) = (row.oid(), row.oid());
            let mut user_type = UserType { oid, schema: names.schema(schema), name: row.text(), ..UserType::default() };
            user_type.kind = match row.character() {
                'c' => TypeKind::Composite,
                'd' => TypeKind::Domain,
                'e' => TypeKind::Enum,
                'r' => TypeKind::Range,
                _ => TypeKind::Base,
            };
            user_type.owner = row.oid();
            user_type.parts = row.oids();
            user_type.not_null = row.boolean();
            user_type.default = row.optional();
            user_type.labels = row.texts();
            let (checks, expressions, validated) = (row.texts(), row.texts(), row.shorts());
            user_type.checks = checks
                .into_iter()
                .zip(expressions)
                .zip(validated)
                .map(|((name, expression), validated)| DomainCheck { name, expression, validated: validated != 0 })
                .collect();
            user_type.commented = names.commented(TYPES, oid);
            user_type.exempt = names.exempt(TYPES, oid, schema) || names.is_temporary(schema);
            database.types.push(user_type);
        })?;
        self.names = names;
        Ok(())
    }
}

/// How deep each view stands on others. Views cannot go round in a circle, but a walk over a torn catalog must end too.
fn depths(views: &mut [View], places: &QuickMap<Oid, usize>) {
    let mut depth: Vec<u32> = vec![0; views.len()];
    for start in 0..views.len() {
        let mut open = vec![start];
        while let Some(at) = open.last().copied() {
            if depth[at] > 0 {
                open.pop();
                continue;
            }
            let below = views[at].reads.iter().filter_map(|oid| places.get(oid).copied());
            let waiting: Vec<usize> =
                below.clone().filter(|place| depth[*place] == 0 && !open.contains(place)).collect();
            if waiting.is_empty() {
                depth[at] = 1 + below.map(|place| depth[place]).max().unwrap_or(0);
                open.pop();
            } else {
                open.extend(waiting);
            }
        }
    }
    for (view, depth) in views.iter_mut().zip(depth) {
        view.depth = depth;
    }
}
