//! Wanted changes of SIMs are handed to whatever carries them out, when they are due.

use crate::Alerting;
use opencmp_service::chain;
use opencmp_store::Result;
use std::{future::Future, sync::Arc, time::Duration};

/// Changes that are asked for together.
const BATCH: u32 = 200;
/// Without word of new ones, it looks this often: what is wanted for later comes due.
const LOOK_EVERY: Duration = Duration::from_secs(15);

pub(crate) async fn run(alerting: Arc<Alerting>, end: impl Future<Output = ()>) {
    tokio::pin!(end);
    loop {
        if let Err(error) = carry_out(&alerting).await {
            tracing::warn!(error = chain(&error), "changes of SIMs wait");
        }
        tokio::select! {
            () = &mut end => return,
            () = alerting.wanted.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

async fn carry_out(alerting: &Alerting) -> Result<()> {
    loop {
        let due = alerting.store.changes_due(alerting.clock.now(), BATCH).await?;
        if due.is_empty() {
            return Ok(());
        }
        for request in due {
            let carried = alerting.changes.carry_out(&request).await;
            let (state, now) = (carried.state(), alerting.clock.now());
            alerting.store.change_answered(request.id, state, carried.answer(), now).await?;
        }
    }
}
