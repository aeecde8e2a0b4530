//! Many rows into a PostgreSQL table, by COPY in its binary form (PostgreSQL's manual, "COPY", "Binary Format").

use crate::Result;
use sqlx::PgConnection;

const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const TRAILER: [u8; 2] = (-1i16).to_be_bytes();
/// In place of a length.
const NULL: [u8; 4] = (-1i32).to_be_bytes();
/// Octets sent at a time.
const PIECE: usize = 1 << 20;

/// Rows on their way. `write` is called for each row and pushes as many values as `columns` names.
pub(super) async fn copy_rows<T>(
    connection: &mut PgConnection,
    table: &str,
    columns: &str,
    rows: impl IntoIterator<Item = T>,
    write: impl Fn(&mut Values, T),
) -> Result<()> {
    let sql = format!("COPY {table} ({columns}) FROM STDIN (FORMAT binary)");
    let count = columns.split(',').count() as i16;
    let mut copy = connection.copy_in_raw(&sql).await?;
    let mut values = Values(HEADER.to_vec());
    for row in rows {
        values.0.extend(count.to_be_bytes());
        write(&mut values, row);
        if values.0.len() >= PIECE {
            copy.send(values.0.as_slice()).await?;
            values.0.clear();
        }
    }
    values.0.extend(TRAILER);
    copy.send(values.0.as_slice()).await?;
    copy.finish().await?;
    Ok(())
}

pub(super) struct Values(Vec<u8>);

impl Values {
    pub(super) fn int(&mut self, value: i64) -> &mut Self {
        self.octets(&value.to_be_bytes())
    }

    pub(super) fn opt_int(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.int(value),
            None => self.null(),
        }
    }

    pub(super) fn text(&mut self, value: &str) -> &mut Self {
        self.octets(value.as_bytes())
    }

    pub(super) fn opt_text(&mut self, value: Option<&str>) -> &mut Self {
        self.opt_octets(value.map(str::as_bytes))
    }

    pub(super) fn opt_octets(&mut self, value: Option<&[u8]>) -> &mut Self {
        match value {
            Some(value) => self.octets(value),
            None => self.null(),
        }
    }

    pub(super) fn octets(&mut self, value: &[u8]) -> &mut Self {
        self.0.extend((value.len() as i32).to_be_bytes());
        self.0.extend(value);
        self
    }

    fn null(&mut self) -> &mut Self {
        self.0.extend(NULL);
        self
    }
}
