//! The catalog snapshot over a client's connection: the same queries that the extension runs through SPI.

use engine::facts::Oid;
use engine::snapshot::{Error, Parameter, Row, Source};
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::types::{ToSql, Type};

/// A client that a snapshot can be read through.
pub struct Client<'a> {
    client: &'a mut postgres::Client,
    version_num: u32,
}

impl<'a> Client<'a> {
    /// Asks the server for its version.
    ///
    /// # Errors
    /// The server's error.
    pub fn new(client: &'a mut postgres::Client) -> anyhow::Result<Client<'a>> {
        let version: String = client.query_one("SHOW server_version_num", &[])?.get(0);
        Ok(Client { client, version_num: version.parse()? })
    }
}

struct ClientRow<'a>(&'a postgres::Row);

impl ClientRow<'_> {
    fn get<'r, T: postgres::types::FromSql<'r>>(&'r self, column: usize, types: &[Type]) -> Option<T> {
        let known = self.0.columns().get(column)?;
        if types.contains(known.type_()) { self.0.try_get(column).ok()? } else { None }
    }
}

impl Row for ClientRow<'_> {
    fn boolean(&self, column: usize) -> bool {
        self.get(column, &[Type::BOOL]).unwrap_or(false)
    }

    fn integer(&self, column: usize) -> Option<i64> {
        self.get::<i64>(column, &[Type::INT8])
            .or_else(|| self.get::<i32>(column, &[Type::INT4]).map(i64::from))
            .or_else(|| self.get::<i16>(column, &[Type::INT2]).map(i64::from))
            .or_else(|| self.get::<u32>(column, &[Type::OID]).map(i64::from))
    }

    fn float(&self, column: usize) -> Option<f64> {
        self.get::<f64>(column, &[Type::FLOAT8]).or_else(|| self.get::<f32>(column, &[Type::FLOAT4]).map(f64::from))
    }

    fn text(&self, column: usize) -> Option<String> {
        self.get(column, &[Type::TEXT, Type::NAME])
    }

    fn character(&self, column: usize) -> char {
        match self.get::<i8>(column, &[Type::CHAR]) {
            Some(byte) if byte != 0 => char::from(byte.cast_unsigned()),
            _ => ' ',
        }
    }

    fn shorts(&self, column: usize) -> Vec<i16> {
        self.get(column, &[Type::INT2_ARRAY]).unwrap_or_default()
    }

    fn oids(&self, column: usize) -> Vec<Oid> {
        self.get(column, &[Type::OID_ARRAY]).unwrap_or_default()
    }

    fn texts(&self, column: usize) -> Vec<String> {
        self.get::<Vec<Option<String>>>(column, &[Type::TEXT_ARRAY]).unwrap_or_default().into_iter().flatten().collect()
    }
}

impl Source for Client<'_> {
    fn version_num(&self) -> u32 {
        self.version_num
    }

    fn query(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        each: &mut dyn FnMut(&dyn Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let values: Vec<Box<dyn ToSql + Sync>> = parameters
            .iter()
            .map(|parameter| -> Box<dyn ToSql + Sync> {
                match parameter {
                    Parameter::Text(text) => Box::new(text.map(str::to_owned)),
                    Parameter::Oids(oids) => Box::new(oids.map(<[Oid]>::to_vec)),
                    Parameter::Integers(list) => Box::new(list.to_vec()),
                    Parameter::Texts(list) => Box::new(list.to_vec()),
                }
            })
            .collect();
        let failed = |error: postgres::Error| Error(error.as_db_error().map_or(error.to_string(), ToString::to_string));
        let mut rows = self.client.query_raw(sql, values.iter().map(|v| &**v as &dyn ToSql)).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            each(&ClientRow(&row))?;
        }
        Ok(())
    }
}
