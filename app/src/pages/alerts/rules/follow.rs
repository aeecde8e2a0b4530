//! What becomes of messages while somebody looks: lines of the log that aren't final are looked at again, and change where they are.

use crate::{api::alerts as api, dom};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*, task::spawn_local};
use opencmp_domain::alert::delivery::DeliveryLine;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(3);
/// What waits for a peer may wait for days.
const SELDOM: Duration = Duration::from_secs(60);

type Lines = RwSignal<Vec<ArcRwSignal<DeliveryLine>>>;

#[derive(Clone, Copy)]
struct Following {
    lines: Lines,
    timer: StoredValue<Option<TimeoutHandle>>,
}

/// Until the lines leave the screen.
pub fn start(lines: Lines) {
    let following = Following { lines, timer: StoredValue::new(None) };
    on_cleanup(move || {
        if let Some(timer) = following.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    });
    Effect::new(move || following.wait(SOON));
}

impl Following {
    fn wait(self, pause: Duration) {
        let look = move || spawn_local(self.look(pause));
        self.timer.try_set_value(set_timeout_with_handle(look, pause).ok());
    }

    /// The longer nothing changes, the longer it waits.
    async fn look(self, pause: Duration) {
        let Some(lines) = self.lines.try_get_untracked() else { return };
        let changed = !dom::is_hidden() && refresh(&lines).await;
        if self.lines.try_with_untracked(|_| ()).is_some() {
            self.wait(if changed { SOON } else { (pause * 2).min(SELDOM) });
        }
    }
}

/// Whether something became otherwise. The lines are the log's, without a gap: a page has those behind its first one too.
async fn refresh(lines: &[ArcRwSignal<DeliveryLine>]) -> bool {
    let (mut rest, mut changed) = (lines, false);
    let waits = |line: &ArcRwSignal<DeliveryLine>| line.with_untracked(|line| !line.state.is_final());
    while let Some(first) = rest.iter().position(waits) {
        let (page, behind) = rest[first..].split_at(api::ALERT_PAGE.min(rest.len() - first));
        let from = page[0].with_untracked(DeliveryLine::before);
        // The next look makes up for one that fails.
        let Ok(now) = api::alert_deliveries(false, Some(from)).await else { break };
        for now in now.lines {
            let same = page.iter().find(|held| held.with_untracked(|held| held.id == now.id));
            if let Some(held) = same.filter(|held| held.with_untracked(|held| *held != now)) {
                held.set(now);
                changed = true;
            }
        }
        rest = behind;
    }
    changed
}
