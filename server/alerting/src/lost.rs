//! Whoever else is there hears of a message that was given up, or may not have arrived, whatever it was that gave it up: an attempt, a
//! receipt, a process that died while it was at it. Nobody hears of a message about that.

use crate::{Alerting, known::Told, words::Lost};
use opencmp_domain::alert::delivery::DeliveryState;
use opencmp_service::alerts::messages;
use opencmp_store::{LostDelivery, NewDelivery, Result};

/// Messages that are looked at together.
const BATCH: u32 = 100;

/// Works off what there is; whether there are messages to be sent of it.
pub(crate) async fn tell(alerting: &Alerting, told: &Told) -> Result<bool> {
    let store = &alerting.store;
    let mut made = false;
    loop {
        let lost = store.alert_lost_list(BATCH).await?;
        if lost.is_empty() {
            return Ok(made);
        }
        for lost in lost {
            let messages = by_another(alerting, told, &lost).await?;
            // By another process, otherwise.
            made |= store.alert_lost_take(lost.id, &messages).await? && !messages.is_empty();
        }
    }
}

/// None: nobody else is there.
async fn by_another(alerting: &Alerting, told: &Told, lost: &LostDelivery) -> Result<Vec<NewDelivery>> {
    let Some(failed) = alerting.store.alert_channel(lost.channel).await? else { return Ok(Vec::new()) };
    let Some(other) = told.another(&failed, &lost.groups) else { return Ok(Vec::new()) };
    let said = Lost {
        channel: &failed.said.name,
        to: &lost.recipient,
        subject: &lost.subject,
        why: &lost.why,
        uncertain: lost.state == DeliveryState::Uncertain,
    };
    let (kind, lang, now) = (other.said.to.kind(), other.said.to.lang(), alerting.clock.now());
    let wording = alerting.words.undelivered(&said, kind, lang, now);
    messages(other, &wording.subject, &wording.content, &[], now, false)
}
