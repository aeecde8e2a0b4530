//! What pages and programs read of a SIM.

use crate::{
    identifier::{Apn, Iccid, Imei, Imsi, Msisdn, Plmn},
    ids::{GroupId, PlanId, SimId, TenantId},
    session::SessionRow,
    state::{ConnectionState, LastMessage, RatType, ServiceState},
    time::{Cycle, Timestamp},
    units::ByteCount,
};
use serde::{Deserialize, Serialize};

/// A line of the SIM list. Usage is up and down together; `as_of` is when the live part last changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimRow {
    pub id: SimId,
    pub msisdn: Option<Msisdn>,
    pub iccid: Option<Iccid>,
    pub imsi: Option<Imsi>,
    /// The device last seen in the SIM; until one is, the one that the inventory names.
    pub imei: Option<Imei>,
    pub batch: Option<String>,
    pub name: Option<String>,
    pub plan: Option<String>,
    pub group: Option<GroupId>,
    pub group_name: Option<String>,
    pub tags: Vec<String>,
    pub service_state: ServiceState,
    pub live: SimLive,
}

/// The part of a SIM that its accounting records move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimLive {
    pub connection: ConnectionState,
    pub last_message: Option<LastMessage>,
    /// 存取時間: event time of the last accounting message.
    pub last_access_at: Option<Timestamp>,
    pub usage_today: ByteCount,
    pub usage_cycle: ByteCount,
    /// APN of the last session; before one, the provisioned APN.
    pub apn: Option<Apn>,
    pub rat: Option<RatType>,
    pub plmn: Option<Plmn>,
}

/// Inventory of one SIM, for its page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimDetail {
    pub row: SimRow,
    pub tenant: Option<TenantId>,
    pub tenant_name: Option<String>,
    /// The APN the inventory names.
    pub provisioned_apn: Option<Apn>,
    pub state_changed_at: Option<Timestamp>,
    pub created_at: Timestamp,
    /// Open sessions, newest first; several at once when there are several APNs or bearers.
    pub open_sessions: Vec<SessionRow>,
    pub usage_previous_cycle: ByteCount,
    pub cycle: Cycle,
    /// Interval at which this device's updates have been arriving, when it is known.
    pub update_interval_secs: Option<u32>,
    pub device_model: Option<String>,
    /// Until when everything applied so far is included.
    pub as_of: Timestamp,
}

/// A SIM as the inventory states it: import writes it, the fleet and the directory load it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimInventory {
    pub id: SimId,
    /// `None`: not in the inventory, heard of only from the network.
    pub tenant: Option<TenantId>,
    pub group: Option<GroupId>,
    pub plan: Option<PlanId>,
    pub msisdn: Option<Msisdn>,
    pub iccid: Option<Iccid>,
    pub imsi: Option<Imsi>,
    pub imei: Option<Imei>,
    pub apn: Option<Apn>,
    pub batch: Option<String>,
    pub name: Option<String>,
    pub tags: Vec<String>,
    pub service_state: ServiceState,
    pub state_changed_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// What an import file says of one SIM: only the columns that the file has are `Some`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SimImport {
    /// The line in the file, for messages; the header is line 1.
    pub line: u64,
    pub msisdn: Option<Msisdn>,
    pub iccid: Option<Iccid>,
    pub imsi: Option<Imsi>,
    pub imei: Option<Imei>,
    pub apn: Option<Apn>,
    pub batch: Option<String>,
    pub name: Option<String>,
    pub group: Option<String>,
    pub plan: Option<String>,
    pub tags: Option<Vec<String>>,
    pub service_state: Option<ServiceState>,
    /// Custom fields by name.
    pub fields: Vec<(String, String)>,
}

/// A group with its size, for choosers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupChoice {
    pub id: GroupId,
    pub tenant: TenantId,
    /// Nested by name: `北區/台北`.
    pub name: String,
    pub sims: u64,
}

/// A tenant, for the operator's choosers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TenantChoice {
    pub id: TenantId,
    pub name: String,
    pub time_zone: String,
    /// Day of the month on which its billing cycles begin, 1 to 28.
    pub cycle_day: u32,
    pub sims: u64,
}
