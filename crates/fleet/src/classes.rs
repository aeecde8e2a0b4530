//! Usage classes: APN, radio access and serving network, interned. A session holds four octets of them.

use crate::AccountingRecord;
use opencmp_domain::{Apn, Plmn, RatType, UsageClassId, stored::UsageClass};
use rustc_hash::FxHashMap;

/// Numbers of classes in memory; 0 is the one that nothing is known of.
pub(crate) struct Classes {
    classes: Vec<Class>,
    by_fields: FxHashMap<Fields, u32>,
    by_id: FxHashMap<i64, u32>,
    names: FxHashMap<Box<str>, u32>,
    /// APNs by number; 0 is none, and what isn't an APN.
    apns: Vec<(Box<str>, Option<Apn>)>,
    next_id: i64,
}

struct Class {
    fields: Fields,
    definition: UsageClass,
    /// Its definition has been handed out for writing, or came from there.
    known: bool,
}

/// Absent: APN 0, the others [`ABSENT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fields {
    pub apn: u32,
    pub rat: u16,
    pub plmn: u64,
}

const NO_RAT: u16 = u16::MAX;
const NO_PLMN: u64 = u64::MAX;
const NOTHING: Fields = Fields { apn: 0, rat: NO_RAT, plmn: NO_PLMN };

impl Fields {
    pub fn rat(self) -> Option<RatType> {
        u8::try_from(self.rat).ok().map(RatType)
    }

    pub fn plmn(self) -> Option<Plmn> {
        u32::try_from(self.plmn).ok().map(Plmn::from_bits)
    }
}

/// Which of two sayings wins where both say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Merge {
    /// The record's.
    Replace,
    /// What is known; the record only fills gaps.
    Fill,
}

impl Classes {
    pub fn new() -> Self {
        let nothing = UsageClass { id: UsageClassId(0), apn: None, rat: None, plmn: None };
        Self {
            classes: vec![Class { fields: NOTHING, definition: nothing, known: false }],
            by_fields: std::iter::once((NOTHING, 0)).collect(),
            by_id: FxHashMap::default(),
            names: FxHashMap::default(),
            apns: vec![(Box::default(), None)],
            next_id: 1,
        }
    }

    pub fn fields(&self, class: u32) -> Fields {
        self.classes.get(class as usize).map_or(NOTHING, |class| class.fields)
    }

    pub fn definition(&self, class: u32) -> Option<&UsageClass> {
        self.classes.get(class as usize).map(|class| &class.definition)
    }

    pub fn by_id(&self, id: UsageClassId) -> Option<u32> {
        self.by_id.get(&id.0).copied()
    }

    /// The id for booking and storing; the first time, the definition goes to `new`.
    pub fn id(&mut self, class: u32, new: &mut Vec<UsageClass>) -> UsageClassId {
        let Some(entry) = self.classes.get_mut(class as usize) else { return UsageClassId(0) };
        if !entry.known {
            entry.known = true;
            entry.definition.id = UsageClassId(self.next_id);
            self.next_id += 1;
            self.by_id.insert(entry.definition.id.0, class);
            new.push(entry.definition.clone());
        }
        entry.definition.id
    }

    /// The id of a class that usage was booked under or a session is of.
    pub fn known_id(&self, class: u32) -> Option<UsageClassId> {
        self.classes.get(class as usize).filter(|class| class.known).map(|class| class.definition.id)
    }

    pub fn restore(&mut self, stored: &UsageClass) {
        let apn = stored.apn.as_ref().map_or(0, |apn| self.apn(apn.as_str()));
        let fields = Fields {
            apn,
            rat: stored.rat.map_or(NO_RAT, |rat| u16::from(rat.0)),
            plmn: stored.plmn.map_or(NO_PLMN, |plmn| u64::from(plmn.to_bits())),
        };
        let class = self.intern(fields);
        if let Some(entry) = self.classes.get_mut(class as usize) {
            entry.known = true;
            entry.definition = stored.clone();
        }
        self.by_id.insert(stored.id.0, class);
        self.next_id = self.next_id.max(stored.id.0.saturating_add(1));
    }

    /// The class of a session that was of `class`, with what `record` says.
    #[inline]
    pub fn merged(&mut self, class: u32, record: &AccountingRecord<'_>, merge: Merge) -> u32 {
        let before = self.fields(class);
        let fill = merge == Merge::Fill;
        let mut fields = before;
        if let Some(apn) = record.apn
            && !(fill && before.apn != 0)
            && !self.is_named(before.apn, apn)
        {
            fields.apn = self.apn(apn);
        }
        if let Some(rat) = record.rat
            && !(fill && before.rat != NO_RAT)
        {
            fields.rat = u16::from(rat.0);
        }
        if let Some(plmn) = record.plmn
            && !(fill && before.plmn != NO_PLMN)
        {
            fields.plmn = u64::from(plmn.to_bits());
        }
        if fields == before { class } else { self.intern(fields) }
    }

    /// Empty: it isn't one.
    pub fn apn_name(&self, apn: u32) -> &str {
        self.apns.get(apn as usize).map_or("", |(name, _)| name)
    }

    fn is_named(&self, apn: u32, name: &str) -> bool {
        apn != 0 && self.apns.get(apn as usize).is_some_and(|(known, _)| **known == *name)
    }

    fn apn(&mut self, name: &str) -> u32 {
        if let Some(&apn) = self.names.get(name) {
            return apn;
        }
        let Ok(apn) = name.parse::<Apn>() else { return 0 };
        let number = self.apns.len() as u32;
        self.names.insert(name.into(), number);
        self.apns.push((name.into(), Some(apn)));
        number
    }

    fn intern(&mut self, fields: Fields) -> u32 {
        if let Some(&class) = self.by_fields.get(&fields) {
            return class;
        }
        let number = self.classes.len() as u32;
        let apn = self.apns.get(fields.apn as usize).and_then(|(_, apn)| apn.clone());
        let definition = UsageClass { id: UsageClassId(0), apn, rat: fields.rat(), plmn: fields.plmn() };
        self.classes.push(Class { fields, definition, known: false });
        self.by_fields.insert(fields, number);
        number
    }
}
