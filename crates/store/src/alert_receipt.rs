//! What a peer says later of the parts of a message that it took (SMS), by its own ids of them.

use crate::{
    Result, Store, alert_lost,
    sql::{Columns, Tx, execute, tx_rows},
    store::first_int,
};
use opencmp_domain::{DeliveryId, Timestamp, alert::delivery::DeliveryState};

/// What became of a part, at last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartEnd {
    Lost,
    Arrived,
    /// The peer doesn't know, and says no more.
    Unknown,
}

/// How many parts of an attempt are how far.
struct Parts {
    lost: i64,
    unknown: i64,
    open: i64,
    /// Of attempts after it.
    later: i64,
}

impl Parts {
    /// `None`: more is to be heard, or it isn't about the attempt that counts.
    fn leads_to(&self) -> Option<DeliveryState> {
        match self {
            Self { later: 1.., .. } => None,
            Self { lost: 1.., .. } => Some(DeliveryState::Dead),
            Self { unknown: 1.., .. } => Some(DeliveryState::Uncertain),
            Self { open: 1.., .. } => None,
            _ => Some(DeliveryState::Delivered),
        }
    }
}

impl Store {
    /// Writes down what became of a part. The message has arrived when all parts of its last attempt have; one that is lost, or that
    /// nobody knows of, decides at once. False: it isn't ours.
    pub async fn alert_delivery_receipt(
        &self,
        peer_id: &str,
        end: PartEnd,
        outcome: &str,
        at: Timestamp,
    ) -> Result<bool> {
        let mut tx = self.begin().await?;
        // Of two receipts at once, one waits here for the other, and counts both.
        let sql = "UPDATE alert_delivery SET state = state
                   WHERE id = (SELECT delivery_id FROM alert_receipt WHERE peer_id = $1)";
        execute!(&mut tx, sql, [peer_id])?;
        let arrived: i64 = match end {
            PartEnd::Lost => 0,
            PartEnd::Arrived => 1,
            PartEnd::Unknown => 2,
        };
        let sql = "UPDATE alert_receipt SET arrived = $1 WHERE peer_id = $2 RETURNING delivery_id, attempt";
        let found = tx_rows!(&mut tx, sql, [arrived, peer_id] => of_attempt)?.into_iter().next();
        let Some((id, attempt)) = found else { return Ok(false) };
        let sql = "SELECT COUNT(CASE WHEN attempt = $1 AND arrived = 0 THEN 1 END),
                       COUNT(CASE WHEN attempt = $1 AND arrived = 2 THEN 1 END),
                       COUNT(CASE WHEN attempt = $1 AND arrived IS NULL THEN 1 END),
                       COUNT(CASE WHEN attempt > $1 THEN 1 END)
                   FROM alert_receipt WHERE delivery_id = $2";
        let parts = tx_rows!(&mut tx, sql, [attempt, id.0] => parts)?.into_iter().next();
        if let Some(state) = parts.and_then(|parts| parts.leads_to()) {
            finish(&mut tx, id, state, outcome, at).await?;
        }
        tx.commit().await?;
        Ok(true)
    }
}

/// The peer gave these ids to the parts of an attempt.
pub(crate) async fn expect(tx: &mut Tx, id: DeliveryId, attempt: u32, peer_ids: &[String]) -> Result<()> {
    for peer_id in peer_ids {
        // Message centres begin anew with their ids some day.
        let sql = "INSERT INTO alert_receipt (peer_id, delivery_id, attempt) VALUES ($1, $2, $3)
                   ON CONFLICT (peer_id) DO UPDATE SET delivery_id = excluded.delivery_id, attempt = excluded.attempt,
                       arrived = NULL";
        execute!(&mut *tx, sql, [peer_id, id.0, i64::from(attempt)])?;
    }
    Ok(())
}

/// Once: what was heard after that changes nothing.
async fn finish(
    tx: &mut Tx,
    id: DeliveryId,
    state: DeliveryState,
    outcome: &str,
    at: Timestamp,
) -> Result<()> {
    let sql = "UPDATE alert_delivery SET state = $1, finished_at = $2, tries = tries + 1
               WHERE id = $3 AND state = 4 RETURNING tries";
    let tries = tx_rows!(&mut *tx, sql, [i64::from(state.code()), at.0, id.0] => first_int)?;
    let Some(number) = tries.into_iter().next() else { return Ok(()) };
    let sql = "INSERT INTO alert_attempt (delivery_id, number, at, took_ms, ok, outcome)
               VALUES ($1, $2, $3, 0, $4, $5)";
    let ok = i64::from(state == DeliveryState::Delivered);
    execute!(&mut *tx, sql, [id.0, number, at.0, ok, outcome])?;
    match state.is_lost() {
        true => alert_lost::note(tx, id).await,
        false => Ok(()),
    }
}

fn of_attempt(row: &impl Columns) -> Result<(DeliveryId, i64)> {
    Ok((DeliveryId(row.int(0)?), row.int(1)?))
}

fn parts(row: &impl Columns) -> Result<Parts> {
    Ok(Parts { lost: row.int(0)?, unknown: row.int(1)?, open: row.int(2)?, later: row.int(3)? })
}
