//! What no record tells of: a service state that people changed (SIM卡生命週期通知), sign-ins that failed (資安通報).

use super::Raised;
use crate::{Fleet, instant::secs};
use opencmp_domain::{
    SimId, TenantId,
    alert::{AlertKind, Cause, Caused, Facts},
    state::ServiceState,
};
use smallvec::SmallVec;

impl Fleet {
    /// Looks at what isn't in the records. Its row may go with the alerts that came of it.
    pub fn apply_cause(&mut self, cause: &Cause) {
        let at = secs(cause.at);
        self.alerts.now = self.alerts.now.max(at);
        match &cause.what {
            Caused::StateChanged { sim, from, to } => self.state_changed(*sim, *from, *to, at),
            Caused::SignInsFailed { tenant, account, tries } => {
                self.sign_ins_failed(*tenant, account, *tries, at)
            }
        }
    }

    fn state_changed(&mut self, sim: SimId, from: ServiceState, to: ServiceState, at: u32) {
        let Some(slot) = self.slot_of(sim) else { return };
        let Some(place) = self.placements.at(self.sims.at(slot.0).placement) else { return };
        let rules = place.watch.states.iter().filter(|(_, states)| states.contains(&to));
        let raise = |(rule, _): &(_, _)| {
            let facts = Facts::default().with("from", from).with("to", to);
            Raised::new(*rule, AlertKind::StateChanged, at, facts)
        };
        let raised: SmallVec<[Raised; 2]> = rules.map(raise).collect();
        raised.into_iter().for_each(|raised| self.raise(slot.0, raised));
    }

    fn sign_ins_failed(&mut self, tenant: TenantId, account: &str, tries: u32, at: u32) {
        for rule in self.alerts.rules().about_sign_ins(tenant) {
            if let Some(terms) = self.alerts.rules().terms(rule) {
                let facts = Facts::default().with("account", account).with("tries", tries);
                self.alerts.begin(None, None, terms, Raised::new(rule, AlertKind::SignIn, at, facts));
            }
        }
    }
}
