//! When nobody listened.

use crate::{
    Result, Store,
    sql::{Columns, execute, rows},
};
use opencmp_domain::{Timestamp, stored::Absence};

impl Store {
    /// Those that ended after `since`, in the order of time.
    pub async fn absence_list(&self, since: Timestamp) -> Result<Vec<Absence>> {
        let sql = "SELECT began_at, ended_at FROM absence WHERE ended_at > $1 ORDER BY began_at";
        rows!(self.readers(), sql, [since.0] => absence)
    }

    /// When the fleet was counted last (`fleet_sample`), which is done every few minutes while records are taken.
    pub async fn fleet_counted_until(&self) -> Result<Option<Timestamp>> {
        let sql = "SELECT MAX((SELECT MAX(at) FROM fleet_sample WHERE tenant_id = tenant.id)) FROM tenant";
        let found = rows!(self.readers(), sql, [] => latest)?;
        Ok(found.into_iter().next().flatten())
    }

    /// One that is noted already may have lasted longer.
    pub async fn absence_add(&self, Absence { began_at, ended_at }: Absence) -> Result<()> {
        let mut tx = self.begin().await?;
        let sql = "INSERT INTO absence (began_at, ended_at) VALUES ($1, $2)
                   ON CONFLICT (began_at) DO UPDATE SET ended_at = excluded.ended_at
                   WHERE absence.ended_at < excluded.ended_at";
        execute!(&mut tx, sql, [began_at.0, ended_at.0])?;
        tx.commit().await
    }
}

fn latest(row: &impl Columns) -> Result<Option<Timestamp>> {
    Ok(row.opt_int(0)?.map(Timestamp))
}

fn absence(row: &impl Columns) -> Result<Absence> {
    Ok(Absence { began_at: Timestamp(row.int(0)?), ended_at: Timestamp(row.int(1)?) })
}
