//! How far back transaction ids reach, and who holds them there.

use super::build::Loader;
use super::source::Error;
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
        self.read("oldest_relations", &[], |database, row| {
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
