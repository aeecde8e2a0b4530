//! The servers under measurement, each started and filled when it is first needed, and kept for those that follow.

use crate::{
    contest::{Contestant, Floor, Sample, sample},
    load::Part,
    ours::{Ours, SECRET},
    peer::Peer,
    seed,
    workspace::Workspace,
};
use anyhow::{Context, Result, anyhow};
use std::{collections::HashMap, time::Instant};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Who {
    Floor,
    /// 10,000 SIMs on SQLite.
    OursSmall,
    /// 100,000 SIMs on SQLite.
    OursSqlite,
    /// 100,000 SIMs on PostgreSQL.
    OursPostgres,
    /// 1,000,000 SIMs on SQLite, with days of usage.
    OursLarge,
    PeerSqlite,
    PeerPostgres,
}

impl Who {
    pub fn label(self, sizes: &Sizes) -> String {
        let sims = |sims: u32, on: &str| format!("ours, {on}, {} SIMs", grouped(sims));
        match self {
            Self::Floor => "floor".to_owned(),
            Self::OursSmall => sims(sizes.small, "SQLite"),
            Self::OursSqlite => sims(sizes.middle, "SQLite"),
            Self::OursPostgres => sims(sizes.middle, "PostgreSQL"),
            Self::OursLarge => sims(sizes.large, "SQLite"),
            Self::PeerSqlite => "FreeRADIUS, SQLite".to_owned(),
            Self::PeerPostgres => "FreeRADIUS, PostgreSQL".to_owned(),
        }
    }
}

/// SIMs in each fleet.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    pub small: u32,
    pub middle: u32,
    pub large: u32,
    /// Days of usage that the large fleet has.
    pub days: u32,
}

pub struct Fleets<'w> {
    workspace: &'w Workspace,
    pub sizes: Sizes,
    held: HashMap<Who, Server>,
    /// Why something could not be started: it is not tried again.
    failed: HashMap<Who, String>,
}

enum Server {
    Floor(Box<Floor>),
    Ours(Box<Ours>),
    Peer(Box<Peer>),
}

impl<'w> Fleets<'w> {
    pub fn new(workspace: &'w Workspace, sizes: Sizes) -> Self {
        Self { workspace, sizes, held: HashMap::new(), failed: HashMap::new() }
    }

    pub fn workspace(&self) -> &'w Workspace {
        self.workspace
    }

    pub fn contestant(&mut self, who: Who) -> Result<&mut dyn Contestant> {
        Ok(match self.server(who)? {
            Server::Floor(floor) => floor.as_mut(),
            Server::Ours(ours) => ours.as_mut(),
            Server::Peer(peer) => peer.as_mut(),
        })
    }

    pub fn sample(&mut self, who: Who, part: Part) -> Result<Sample> {
        let label = who.label(&self.sizes);
        sample(self.contestant(who)?, part).with_context(|| label)
    }

    pub fn ours(&mut self, who: Who) -> Result<&mut Ours> {
        match self.server(who)? {
            Server::Ours(ours) => Ok(ours),
            _ => Err(anyhow!("{who:?} is not ours")),
        }
    }

    pub fn peer(&mut self, who: Who) -> Result<&mut Peer> {
        match self.server(who)? {
            Server::Peer(peer) => Ok(peer),
            _ => Err(anyhow!("{who:?} is not the peer")),
        }
    }

    pub fn is_running(&self, who: Who) -> bool {
        self.held.contains_key(&who)
    }

    fn server(&mut self, who: Who) -> Result<&mut Server> {
        if let Some(why) = self.failed.get(&who) {
            return Err(anyhow!("{why}"));
        }
        if !self.held.contains_key(&who) {
            let label = who.label(&self.sizes);
            let begun = Instant::now();
            match self.start(who) {
                Ok(server) => {
                    eprintln!("  ready after {:.0} s: {label}", begun.elapsed().as_secs_f64());
                    self.held.insert(who, server);
                }
                Err(error) => {
                    let why = format!("{label}: {error:#}");
                    eprintln!("  {why}");
                    self.failed.insert(who, why.clone());
                    return Err(anyhow!("{why}"));
                }
            }
        }
        self.held.get_mut(&who).context("it was started just now")
    }

    fn start(&self, who: Who) -> Result<Server> {
        let Sizes { small, middle, large, days } = self.sizes;
        let ours = |name: &str, sims: u32, postgres: bool, days: u32| -> Result<Server> {
            let mut ours = Ours::prepare(self.workspace, name, sims, postgres)?;
            if days > 0 {
                seed::days_of_usage(&ours, days)?;
            }
            ours.serve()?;
            ours.prefill()?;
            Ok(Server::Ours(Box::new(ours)))
        };
        let peer = |postgres: bool| -> Result<Server> {
            crate::peer::version().context("FreeRADIUS is not installed: make bench-peer")?;
            Ok(Server::Peer(Box::new(Peer::start(self.workspace, SECRET, middle, postgres)?)))
        };
        match who {
            Who::Floor => Ok(Server::Floor(Box::new(Floor::start(self.workspace, SECRET, middle)?))),
            Who::OursSmall => ours("small", small, false, 0),
            Who::OursSqlite => ours("sqlite", middle, false, 0),
            Who::OursPostgres => ours("postgres", middle, true, 0),
            Who::OursLarge => ours("large", large, false, days),
            Who::PeerSqlite => peer(false),
            Who::PeerPostgres => peer(true),
        }
    }
}

/// `1,000,000`.
pub fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_are_grouped() {
        assert_eq!([1, 999, 1_000, 1_000_000].map(super::grouped), ["1", "999", "1,000", "1,000,000"]);
    }
}
