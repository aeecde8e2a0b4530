//! What becomes of messages while somebody looks: lines of the log that aren't final are looked at again, and change where they are.

use crate::{api::alerts as api, dom};
use gloo_timers::callback::Timeout;
use leptos::{prelude::*, task::spawn_local};
use opencmp_domain::alert::delivery::DeliveryLine;

const SOON_MS: u32 = 3_000;
/// What waits for a peer may wait for days.
const SELDOM_MS: u32 = 60_000;

type Lines = RwSignal<Vec<ArcRwSignal<DeliveryLine>>>;

#[derive(Clone, Copy)]
struct Following {
    lines: Lines,
    /// Ends with whoever started it.
    timer: StoredValue<Option<Timeout>, LocalStorage>,
}

/// Until the lines leave the screen.
pub fn start(lines: Lines) {
    Effect::new(move || Following { lines, timer: StoredValue::new_local(None) }.wait(SOON_MS));
}

impl Following {
    fn wait(self, pause_ms: u32) {
        let look = move || spawn_local(self.look(pause_ms));
        self.timer.try_set_value(Some(Timeout::new(pause_ms, look)));
    }

    /// The longer nothing changes, the longer it waits.
    async fn look(self, pause_ms: u32) {
        let Some(lines) = self.lines.try_get_untracked() else { return };
        let changed = !dom::is_hidden() && refresh(&lines).await;
        if self.lines.try_with_untracked(|_| ()).is_some() {
            self.wait(if changed { SOON_MS } else { (pause_ms * 2).min(SELDOM_MS) });
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
