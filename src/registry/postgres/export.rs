//! The tables that a node copies.

use tokio_postgres::{Row, types::Type};

use super::{PostgresStore, unreadable};
use crate::registry::{
    Error,
    copy::{Original, Rows, TABLES},
};

impl Original for PostgresStore {
    fn tables(&self) -> Result<Vec<Rows>, Error> {
        let mut tables = Vec::new();
        self.together(|call| {
            tables.clear();
            for table in &TABLES {
                let rows = call.query(table.read, &[])?;
                tables.push(rows.iter().map(values).collect::<Result<_, Error>>()?);
            }
            Ok(true)
        })?;
        Ok(tables)
    }
}

fn values(row: &Row) -> Result<Vec<rusqlite::types::Value>, Error> {
    let columns = row.columns().iter().enumerate();
    columns
        .map(|(place, column)| {
            let value = match *column.type_() {
                Type::TEXT => row.try_get::<_, Option<String>>(place).map(Into::into),
                Type::BOOL => row.try_get::<_, Option<bool>>(place).map(Into::into),
                Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(place).map(Into::into),
                _ => row.try_get::<_, Option<i64>>(place).map(Into::into),
            };
            value.map_err(unreadable)
        })
        .collect()
}
