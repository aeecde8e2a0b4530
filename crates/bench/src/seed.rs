//! History for a large fleet, written straight into the embedded database before its server starts.

use crate::ours::Ours;
use anyhow::Result;
use opencmp_domain::{Day, time::DEFAULT_ZONE};
use opencmp_netsim::wire::living::wall_clock;

/// The class that history is booked under: what the load generator's first SIM uses.
const CLASS: i64 = 1;

/// `days` days of usage of every SIM, up to yesterday, and the groups' sums of them.
pub fn days_of_usage(ours: &Ours, days: u32) -> Result<()> {
    let mut database = ours.open_sqlite()?;
    database.pragma_update(None, "synchronous", "off")?;
    database.pragma_update(None, "cache_size", -262_144)?;
    let transaction = database.transaction()?;
    transaction.execute(
        "INSERT INTO usage_class (id, apn, rat, plmn) VALUES (?1, 'internet.iot', 6, '00101')",
        [CLASS],
    )?;
    let today = i64::from(Day::of(wall_clock(), DEFAULT_ZONE).0);
    for day in today - i64::from(days)..today {
        // Uneven figures that need no random numbers.
        transaction.execute(
            "INSERT INTO usage_day (day, sim_id, class_id, uplink, downlink)
             SELECT ?1, id, ?2, 1000 + id * 7919 % 400000, 5000 + (id + ?1) * 104729 % 9000000 FROM sim ORDER BY id",
            [day, CLASS],
        )?;
        transaction.execute(
            "INSERT INTO group_usage_day (group_id, day, class_id, uplink, downlink)
             SELECT s.group_id, u.day, u.class_id, sum(u.uplink), sum(u.downlink)
             FROM usage_day u JOIN sim s ON s.id = u.sim_id WHERE u.day = ?1 GROUP BY s.group_id, u.class_id",
            [day],
        )?;
    }
    transaction.commit()?;
    database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}
