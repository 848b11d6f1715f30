//! How far back transaction ids reach, and who holds them there.

use super::build::{Age, Loader};
use super::source::{Error, Parameter};
use crate::facts::*;

impl Loader<'_> {
    pub(super) fn horizon(&mut self) -> Result<(), Error> {
        self.read("horizon_holders", &[], |database, row| {
            let kind = match row.text().as_str() {
                "standby" => HolderKind::Standby,
                "slot" => HolderKind::Slot,
                "catalog slot" => HolderKind::CatalogSlot,
                "prepared transaction" => HolderKind::Prepared,
                _ => HolderKind::Session,
            };
            database.horizon_holders.push(HorizonHolder {
                kind,
                name: row.text(),
                pid: row.integer(),
                xid_age: row.number(),
                seconds: row.float(),
                state: row.text(),
                elsewhere: row.optional(),
            });
        })?;
        self.read("databases", &[], |database, row| {
            database.databases.push(DatabaseAge {
                name: row.text(),
                allows_connections: row.boolean(),
                is_template: row.boolean(),
                current: row.boolean(),
                xid_age: row.number(),
                multixact_age: row.number(),
            });
        })?;
        if self.wanted.is_some() {
            // What is read of pg_class is not all of it.
            let (mut ages, mut temporary) = (Vec::new(), false);
            self.read("ages", &[], |_, row| {
                let (oid, xid, multixact) = (row.oid(), row.number(), row.number());
                temporary |= row.boolean();
                ages.push(Age { oid, xid, multixact, toast: row.oid() });
            })?;
            (self.ages, self.temporary) = (ages, temporary);
        }
        let (oldest, owners) = oldest(&mut self.ages);
        let parameters = [Parameter::Oids(Some(&oldest)), Parameter::Oids(Some(&owners))];
        self.read("oldest_relations", &parameters, |database, row| {
            let (oid, schema, name) = (row.oid(), row.text(), row.text());
            let (kind, persistence) = (row.character(), row.character());
            let pages = u64::try_from(row.number()).unwrap_or(0);
            let options = row.texts();
            let (xid_age, multixact_age) = (row.number(), row.number());
            let toast_of = match (row.oid(), row.optional(), row.optional()) {
                (0, _, _) => None,
                (oid, schema, name) => schema.zip(name).map(|(schema, name)| (oid, schema, name)),
            };
            database.oldest.push(RelationAge {
                oid,
                schema,
                name,
                is_toast: kind == 't',
                is_temporary: persistence == 't',
                pages,
                options,
                xid_age,
                multixact_age,
                toast_of,
            });
        })?;
        if !self.temporary {
            return Ok(());
        }
        self.read("temporary_schemas", &[], |database, row| {
            database.temporary_schemas.push(TemporarySchema {
                name: row.text(),
                tables: row.number(),
                pages: u64::try_from(row.number()).unwrap_or(0),
                xid_age: row.number(),
                multixact_age: row.number(),
                session_known: row.boolean(),
                pid: row.integer(),
            });
        })
    }
}

/// How many of the oldest are looked at, by transaction ids and by multixacts.
const OLDEST: usize = 50;

/// The relations that reach back farthest, and whose TOAST tables they are (0 for what is none).
fn oldest(ages: &mut [Age]) -> (Vec<Oid>, Vec<Oid>) {
    let mut found: Vec<Oid> = Vec::new();
    for by in [|age: &Age| age.xid, |age: &Age| age.multixact] {
        let key = |age: &Age| (std::cmp::Reverse(by(age)), age.oid);
        if ages.len() > OLDEST {
            ages.select_nth_unstable_by_key(OLDEST, key);
        }
        found.extend(ages.iter().take(OLDEST).map(|age| age.oid));
    }
    found.sort_unstable();
    found.dedup();
    let mut owners = vec![0; found.len()];
    for age in ages.iter().filter(|age| age.toast != 0) {
        if let Ok(place) = found.binary_search(&age.toast) {
            owners[place] = age.oid;
        }
    }
    (found, owners)
}
