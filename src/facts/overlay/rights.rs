//! What a text grants, and what it says of policies and ROW LEVEL SECURITY.

use engine::facts::*;

use super::super::rights;
use super::{Overlay, key};

impl Overlay {
    /// Applies what the statement says of rights.
    pub(super) fn change_rights(&mut self, statement: &Statement) {
        let position = statement.position;
        let tables: Vec<Table> = rights::changed(statement).into_iter().cloned().collect();
        for mut table in tables {
            // With what the rest of the statement has done to it.
            if let Some(now) = self.table(&table.relation.schema, &table.relation.name).flatten() {
                let rights = std::mem::take(&mut table.rights);
                table = now.clone();
                table.rights = rights;
            }
            // What REVOKE leaves was so before.
            table.rights_touched |= !matches!(&statement.ddl, Ddl::Grant(change) if !change.grant);
            match &statement.ddl {
                Ddl::Policy { name, .. } => {
                    table.rights.policies.retain(|policy| policy != name);
                    table.rights.policies.push(name.clone());
                }
                Ddl::Drop(drop) => {
                    let gone = drop.names.first().map(|name| &name.name);
                    table.rights.policies.retain(|policy| Some(policy) != gone);
                }
                Ddl::AlterTable(alter) => {
                    for (enabled, forced) in alter.commands.iter().filter_map(row_security_change) {
                        let rights = &mut *table.rights;
                        rights.row_security = enabled.unwrap_or(rights.row_security);
                        rights.forced = forced.unwrap_or(rights.forced);
                    }
                }
                Ddl::Grant(change) if !change.option_only => {
                    table.rights.apply(change);
                    if change.opens() && change.on == GrantedOn::Relations {
                        table.opened.get_or_insert(position);
                    }
                }
                _ => {}
            }
            self.put(table, position, true);
        }
        if let Ddl::Grant(change) = &statement.ddl
            && !change.option_only
        {
            if matches!(change.on, GrantedOn::AllRelations(_)) {
                self.granted_on_all.push((change.clone(), position));
            }
            self.open(change, position);
        }
    }

    /// Gives a table with row level security what was granted on all tables of its schema, whether it had that then or not.
    pub(super) fn grant_on_all(&self, table: &mut Table, made_at: usize) {
        if !table.rights_touched || !table.rights.row_security {
            return;
        }
        for (change, position) in self.granted_on_all.iter() {
            let was_there = table.relation.oid != 0 || made_at < *position;
            if let GrantedOn::AllRelations(schemas) = &change.on
                && was_there
                && schemas.contains(&table.relation.schema)
            {
                table.rights.apply(change);
            }
        }
    }

    /// What GRANT and REVOKE do to objects that are not relations by name.
    fn open(&mut self, change: &GrantOrRevoke, position: usize) {
        if !change.roles.iter().any(|role| role.name.is_empty()) {
            return;
        }
        match &change.on {
            GrantedOn::AllRelations(schemas) => {
                for schema in schemas {
                    self.open_one(change, ("relations", schema), OpenedObject::AllRelations(schema.clone()), position);
                }
            }
            GrantedOn::Schemas(schemas) => {
                for schema in schemas {
                    self.open_one(change, ("schema", schema), OpenedObject::Schema(schema.clone()), position);
                }
            }
            GrantedOn::Routines(routines) => {
                for routine in routines {
                    self.open_routine(routine, change.grant, position);
                }
            }
            GrantedOn::AllRoutines(schemas) => {
                let here: Vec<Function> = self.functions.iter().map(|(function, _)| function.clone()).collect();
                for routine in here.iter().filter(|routine| schemas.contains(&routine.schema)) {
                    self.open_routine(routine, change.grant, position);
                }
            }
            GrantedOn::Relations | GrantedOn::Others => {}
        }
    }

    fn open_routine(&mut self, routine: &Function, grant: bool, position: usize) {
        let privileges = if grant { vec!["EXECUTE".to_owned()] } else { Vec::new() };
        let opened = Opened { object: OpenedObject::Routine(routine.clone()), privileges, position };
        self.opened.insert(key("routine", &routine.sql()), opened);
    }

    fn open_one(&mut self, change: &GrantOrRevoke, of: (&str, &str), object: OpenedObject, position: usize) {
        let key = key(of.0, of.1);
        let mut opened = self.opened.get(&key).cloned().unwrap_or(Opened { object, privileges: Vec::new(), position });
        for (privilege, _) in &change.privileges {
            opened.privileges.retain(|known| known != privilege);
            if change.grant {
                opened.privileges.push(privilege.clone());
            }
        }
        opened.privileges.sort();
        self.opened.insert(key, opened);
    }

    /// What the text leaves open to PUBLIC.
    pub(super) fn left_open(&self) -> Vec<Opened> {
        let mut found: Vec<Opened> = self.opened.values().cloned().collect();
        for table in self.entries.values().filter_map(|entry| entry.table.as_deref()) {
            if let Some(position) = table.opened {
                let object = OpenedObject::Relation(table.relation.clone());
                found.push(Opened { object, privileges: table.rights.of_public(), position });
            }
        }
        found.retain(|opened| !opened.privileges.is_empty());
        found.sort_by_key(|opened| opened.position);
        found
    }

    /// The function that the text made; `arguments` are the types, none where they are not written.
    pub fn function(&self, name: &Name, arguments: Option<&[String]>) -> Option<&Function> {
        let path = name.schema.as_ref().map_or(&*self.search_path, std::slice::from_ref);
        let same = |function: &Function| {
            let own: Vec<&str> = function.arguments.split(", ").filter(|part| !part.is_empty()).collect();
            let ends = |(own, wanted): (&&str, &String)| *own == wanted || own.ends_with(&format!(" {wanted}"));
            arguments.is_none_or(|wanted| own.len() == wanted.len() && own.iter().zip(wanted).all(ends))
        };
        path.iter().find_map(|schema| {
            let mut here = self.functions.iter().map(|(function, _)| function);
            here.find(|function| function.schema == *schema && function.name == name.name && same(function))
        })
    }

    /// The tables and views of a schema that the catalog does not have under this name, with whether row level security is enabled.
    pub fn new_relations_of(&self, schema: &str) -> Vec<(String, bool)> {
        let here = self.entries.iter().filter(|(key, _)| key.0 == schema);
        here.filter_map(|(key, entry)| {
            let table = entry.table.as_deref()?;
            let of_rows = !matches!(table.relation.kind, RelationKind::Sequence | RelationKind::CompositeType);
            of_rows.then(|| (key.1.clone(), table.rights_touched && table.rights.row_security))
        })
        .collect()
    }
}
