use serde_json::{Map, Value};

use crate::threegpp::location::{Ecgi, EnodeB, ExtendedEnodeB, Location, Ncgi, Tai, Tai5gs};

pub(super) fn location(place: &Location) -> Value {
    let (kind, name) = place.kind();
    let plmn = place.plmn();
    let mut out = Map::new();
    let mut set = |field: &str, value: Value| {
        out.insert(field.into(), value);
    };
    set("type", kind.into());
    set("name", name.into());
    set("mcc", plmn.mcc().into());
    set("mnc", plmn.mnc().into());
    match *place {
        Location::Cgi { lac, ci, .. } => {
            set("lac", lac.into());
            set("ci", ci.into());
        }
        Location::Sai { lac, sac, .. } => {
            set("lac", lac.into());
            set("sac", sac.into());
        }
        Location::Rai { lac, rac, .. } => {
            set("lac", lac.into());
            set("rac", rac.into());
        }
        Location::Tai(Tai { tac, .. })
        | Location::TaiEcgi(Tai { tac, .. }, _)
        | Location::TaiEnodeB(Tai { tac, .. }, _)
        | Location::TaiExtendedEnodeB(Tai { tac, .. }, _) => set("tac", tac.into()),
        Location::Tai5gs(Tai5gs { tac, .. }) | Location::Tai5gsNcgi(Tai5gs { tac, .. }, _) => {
            set("tac", tac.into());
        }
        Location::Ecgi(_) | Location::EnodeB(_) | Location::ExtendedEnodeB(_) | Location::Ncgi(_) => {}
    }
    if let Location::TaiEcgi(_, Ecgi { plmn, .. }) = place {
        set("ecgi_mcc", plmn.mcc().into());
        set("ecgi_mnc", plmn.mnc().into());
    }
    if let Location::Tai5gsNcgi(_, Ncgi { plmn, .. }) = place {
        set("ncgi_mcc", plmn.mcc().into());
        set("ncgi_mnc", plmn.mnc().into());
    }
    match place {
        Location::Ecgi(ecgi) | Location::TaiEcgi(_, ecgi) => {
            set("eci", ecgi.eci.into());
            set("enb", ecgi.enodeb().into());
            set("cell", ecgi.cell().into());
        }
        Location::EnodeB(EnodeB { id, .. }) | Location::TaiEnodeB(_, EnodeB { id, .. }) => {
            set("enb", (*id).into())
        }
        Location::ExtendedEnodeB(ExtendedEnodeB { id, short, .. })
        | Location::TaiExtendedEnodeB(_, ExtendedEnodeB { id, short, .. }) => {
            set("enb", (*id).into());
            set("short", (*short).into());
        }
        Location::Ncgi(Ncgi { nci, .. }) | Location::Tai5gsNcgi(_, Ncgi { nci, .. }) => {
            set("nci", (*nci).into());
            set("nci_hex", format!("{nci:09x}").into());
        }
        _ => {}
    }
    out.into()
}
