//! Peers that speak what we speak and aren't ours: programs for Node.js in `end2end/peers`, of packages in
//! `end2end/package.json`.
//!
//! A peer takes a JSON object per line and answers each; in between it tells what happened. It ends when its standard input
//! does, so also with the test.

use std::{collections::VecDeque, path::Path, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// A peer that says nothing for so long never will.
const LONGEST: Duration = Duration::from_secs(60);

pub struct Peer {
    /// On 127.0.0.1.
    pub port: u16,
    commands: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    /// What it told while it was asked something else.
    told: VecDeque<Value>,
    _child: Child,
}

impl Peer {
    /// Starts `end2end/peers/NAME.mjs` and waits until it listens.
    pub async fn start(name: &str, configuration: &Value) -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../end2end");
        ensure!(folder.join("node_modules").is_dir(), "npm packages are missing (make setup installs them)");
        let mut child = Command::new("node")
            .arg(format!("peers/{name}.mjs"))
            .arg(configuration.to_string())
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("cannot start node (make setup installs it)")?;
        let commands = child.stdin.take().context("stdin is piped")?;
        let lines = BufReader::new(child.stdout.take().context("stdout is piped")?).lines();
        let mut peer = Self { port: 0, commands, lines, told: VecDeque::new(), _child: child };
        let listening = peer.next().await?;
        peer.port = serde_json::from_value(listening["port"].clone()).context("the port")?;
        Ok(peer)
    }

    /// Asks something and waits for the answer.
    pub async fn ask(&mut self, command: &Value) -> Result<Value> {
        self.commands.write_all(format!("{command}\n").as_bytes()).await?;
        loop {
            let said = self.line().await?;
            match said.get("answer") {
                Some(answer) => return Ok(answer.clone()),
                None => self.told.push_back(said),
            }
        }
    }

    /// What happened next.
    pub async fn next(&mut self) -> Result<Value> {
        match self.told.pop_front() {
            Some(said) => Ok(said),
            None => self.line().await,
        }
    }

    /// What happened next of some kind; what comes before it is left out.
    pub async fn next_of(&mut self, kind: &str) -> Result<Value> {
        loop {
            if let Some(said) = self.next().await?.get(kind) {
                return Ok(said.clone());
            }
        }
    }

    /// What happened of some kind and wasn't asked for yet; nothing is waited for.
    pub async fn so_far(&mut self, kind: &str) -> Result<Vec<Value>> {
        self.ask(&serde_json::json!({})).await?;
        Ok(self.told.drain(..).filter_map(|said| said.get(kind).cloned()).collect())
    }

    async fn line(&mut self) -> Result<Value> {
        let Ok(line) = timeout(LONGEST, self.lines.next_line()).await else { bail!("the peer says nothing") };
        let line = line?.context("the peer has ended")?;
        serde_json::from_str(&line).with_context(|| format!("the peer said {line:?}"))
    }
}
