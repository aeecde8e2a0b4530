//! A record's way: identify → find its session → count → book → describe → follow the state → follow the SIM.

use crate::{
    AccountingRecord, Effects, Fleet, GatewayWrap, Outcome, SessionSlot, SessionTurn, SimSlot, StatusType,
    UsagePiece,
    alerts::Booked,
    classes::Merge,
    counting::{self, Counted, Reading},
    gateways::Sender,
    identify::Identified,
    instant::{moved, secs, timestamp},
    matching::Found,
    session::Segment,
    split::split,
    when::When,
};
use opencmp_domain::{
    Day, Hour, RatType,
    event::EventKind,
    session::{EndCause, flags},
};
use smallvec::SmallVec;

/// The run that a record is of, and whether the record brought the session into being.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub session: u32,
    pub run: usize,
    pub new: bool,
    /// The record is the first that is known of its run.
    pub new_run: bool,
}

impl Fleet {
    /// Takes one record in. Deterministic: the same records in the same order give the same effects.
    pub fn apply(&mut self, record: &AccountingRecord<'_>, effects: &mut Effects) -> Outcome {
        self.alerts.now = secs(record.received_at);
        match record.status {
            StatusType::On => self.gateway_restarted(record, EndCause::NAS_REBOOT, effects),
            StatusType::Off => self.gateway_restarted(record, EndCause::ADMIN_REBOOT, effects),
            StatusType::Other(_) => Outcome::NoState,
            StatusType::Start | StatusType::Interim | StatusType::Stop => {
                self.apply_to_session(record, effects)
            }
        }
    }

    fn apply_to_session(&mut self, record: &AccountingRecord<'_>, effects: &mut Effects) -> Outcome {
        let when = When::of(record, &self.config);
        let gateway = self.gateways.number(record.nas);
        let node = self.gateways.node(gateway, &record.node, record.received_at);
        let Some(identified) = self.identify(record, gateway, effects) else { return Outcome::Unidentified };
        let place = self.place(record, Sender { gateway, node }, &identified, &when, effects);
        let counted = self.count(record, place, &when);
        self.book(record, place.session, &counted, &when, effects);
        let device = self.sessions.at(place.session).imei;
        let described = self.describe(record, node, place.session, &identified, &when, effects);
        let followed = self.follow_state(record, place, &counted, described, &when, effects);
        let seen = self.follow_sim(record, place.session, &when, effects);
        if self.alerts.rules().any_cloned()
            && (followed.back || self.sessions.at(place.session).imei != device)
        {
            self.watch_clones(place.session, when.at);
        }
        let unset = self.sessions.at(place.session).armed == 0;
        if unset || described || followed.limit_earlier {
            self.arm(place.session);
        }

        let counted_more = counted.up != 0 || counted.down != 0;
        if place.new || counted_more || counted.advanced || described || followed.changed {
            self.touch_session(place.session, effects);
        }
        if place.new || counted_more || seen {
            self.touch_sim(identified.sim, effects);
        }
        match place.new || counted_more || counted.advanced || described || followed.changed || seen {
            true => Outcome::Applied,
            false => Outcome::Repeated,
        }
    }

    /// The record's session and run, which are made where there is none.
    fn place(
        &mut self,
        record: &AccountingRecord<'_>,
        sender: Sender,
        identified: &Identified,
        when: &When,
        effects: &mut Effects,
    ) -> Place {
        match self.find_session(record, sender.gateway, identified.sim, when) {
            Found::Run { session, place } => Place { session, run: place, new: false, new_run: false },
            Found::NewRun { session } => {
                if record.status != StatusType::Start {
                    self.sessions.at_mut(session).flags |= flags::COUNTER_RESET;
                    self.tell_if_current(session, when, EventKind::CounterReset, effects);
                }
                Place { session, run: self.begin_run(session, when), new: false, new_run: true }
            }
            Found::Division { session, place, known } => {
                let session = self.divide(session, place, effects);
                let run = if known { 0 } else { self.begin_run(session, when) };
                Place { session, run, new: false, new_run: !known }
            }
            Found::Unknown => {
                let session = self.open_session(record, sender, identified.sim, when);
                effects.turns.push(SessionTurn { session: SessionSlot(session), ended: false });
                if let Some(old) = identified.replaces {
                    self.replace_card(old, session, effects);
                }
                Place { session, run: 0, new: true, new_run: true }
            }
        }
    }

    /// Another run of a session, at the record's origin.
    fn begin_run(&mut self, session: u32, when: &When) -> usize {
        let origin = when.origin().map_or(when.at, |origin| moved(0, origin));
        let session = self.sessions.at_mut(session);
        session.set_started(session.started.min(origin));
        session.insert_segment(Segment::starting(origin))
    }

    fn count(&mut self, record: &AccountingRecord<'_>, place: Place, when: &When) -> Counted {
        let session = self.sessions.at_mut(place.session);
        if record.repeated_attribute {
            session.flags |= flags::REPEATED_ATTRIBUTE;
        }
        if !record.clock_trusted {
            session.flags |= flags::CLOCK_DISTRUSTED;
        }
        let origin = when.origin().unwrap_or(i64::from(when.at));
        if session.has(flags::NO_SESSION_TIME) && origin < i64::from(session.started) {
            session.begin_earlier(moved(0, origin));
        }
        let segment = session.segment_at(place.run);
        let session_secs = when.session_secs.unwrap_or_else(|| {
            u32::try_from(i64::from(when.at) - segment.latest_origin()).unwrap_or_default()
        });
        let is_latest = session_secs >= segment.last;
        let reading = Reading {
            session_secs,
            up: record.uplink,
            down: record.downlink,
            wraps: record.nas_counters_32bit && !record.gigawords,
            may_wrap: !record.nas_counters_32bit && !record.gigawords,
        };
        let counted = counting::count(session, place.run, &reading);
        session.flags |= counted.findings;
        if is_latest && let Some(origin) = when.origin() {
            let segment = session.segment_at_mut(place.run);
            // Not where the record was recognized by a clock that isn't trusted: that says nothing about the run's.
            let step = (origin - segment.latest_origin()).unsigned_abs();
            if step > u64::from(self.config.clock_step_secs) + when.tolerance {
                return counted;
            }
            segment.shift = i32::try_from(origin - i64::from(segment.origin)).unwrap_or(segment.shift);
        }
        counted
    }

    /// Books what was used under what was known at the first of the two records (27), which comes before the session takes
    /// over what this one says.
    fn book(
        &mut self,
        record: &AccountingRecord<'_>,
        slot: u32,
        counted: &Counted,
        when: &When,
        effects: &mut Effects,
    ) {
        if counted.up == 0 && counted.down == 0 {
            return;
        }
        let session = self.sessions.at(slot);
        let class = self.classes.merged(session.class, record, Merge::Fill);
        let class = self.classes.id(class, &mut effects.new_classes);
        let sim_slot = session.sim;
        let sim = self.sims.at_mut(sim_slot);
        let Some(place) = self.placements.at(sim.placement) else { return };
        let watched = place.watch.usage();
        let mut booked: SmallVec<[Booked; 2]> = SmallVec::new();
        sim.uplink = sim.uplink.saturating_add(counted.up);
        sim.downlink = sim.downlink.saturating_add(counted.down);
        let earliest = when.at.saturating_sub(self.config.longest_spread_secs);
        let since = counted.since.unwrap_or(when.at).max(earliest);
        if let Some(calendar) = self.calendars.get_mut(place.calendar()) {
            split(calendar, since, when.at, (counted.up, counted.down), |piece| {
                let octets = piece.up.saturating_add(piece.down);
                let now = Booked::book(sim, piece.day.day, piece.day.cycle_start, octets);
                if watched {
                    booked.push(now);
                }
                effects.usage.push(UsagePiece {
                    sim: SimSlot(sim_slot),
                    hour: Hour(piece.hour),
                    day: Day(piece.day.day),
                    class,
                    uplink: piece.up,
                    downlink: piece.down,
                });
            });
        }
        if watched {
            self.watch_usage(sim_slot, &booked, when.at);
        }
        if counted.findings & flags::COUNTER_RESET != 0 {
            self.tell_if_current(slot, when, EventKind::CounterReset, effects);
        }
        if counted.wrap_suspected {
            effects.wraps.push(GatewayWrap { nas: record.nas, at: timestamp(when.at) });
        }
        self.judge_rate(slot, counted, when, effects);
    }

    /// Flags usage that no radio could have carried (48). It stays counted.
    fn judge_rate(&mut self, slot: u32, counted: &Counted, when: &When, effects: &mut Effects) {
        let Some(since) = counted.since else { return };
        let session = self.sessions.at(slot);
        let rat = self.classes.fields(session.class).rat();
        // A minute's grace: counters are read, and clocks tick, a moment apart.
        let secs = u64::from(when.at.saturating_sub(since)) + 60;
        let octets = counted.up.saturating_add(counted.down);
        if octets / secs > octets_per_second(rat) && !session.has(flags::IMPLAUSIBLE_RATE) {
            self.sessions.at_mut(slot).flags |= flags::IMPLAUSIBLE_RATE;
            self.tell(slot, when.at, EventKind::ImplausibleRate, None, Some(octets.to_string()), effects);
        }
    }

    pub(crate) fn tell_if_current(&mut self, slot: u32, when: &When, kind: EventKind, effects: &mut Effects) {
        if when.at >= self.sessions.at(slot).last_update {
            self.tell(slot, when.at, kind, None, None, effects);
        }
    }

    /// An event of the session's SIM.
    pub(crate) fn tell(
        &mut self,
        slot: u32,
        at: u32,
        kind: EventKind,
        from: Option<String>,
        to: Option<String>,
        effects: &mut Effects,
    ) {
        let sim = SimSlot(self.sessions.at(slot).sim);
        effects.events.push(crate::FleetEvent { sim, at: timestamp(at), kind, from, to });
    }
}

/// What a device can carry at most, both directions together, rounded up generously.
fn octets_per_second(rat: Option<RatType>) -> u64 {
    const MBIT: u64 = 1_000_000 / 8;
    match rat {
        Some(RatType::NB_IOT) => MBIT,
        Some(RatType::GERAN) => 2 * MBIT,
        Some(RatType::LTE_M) => 8 * MBIT,
        Some(RatType::UTRAN) | Some(RatType(5)) => 100 * MBIT,
        Some(RatType::NR) | Some(RatType(52)) => 10_000 * MBIT,
        _ => 1_000 * MBIT,
    }
}
