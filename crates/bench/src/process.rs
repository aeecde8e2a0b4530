//! Programs under measurement: started, watched by `/proc`, and never left behind.

use anyhow::{Context, Result, bail};
use nix::{
    libc,
    sys::signal::{Signal, kill},
    unistd::{Pid, SysconfVar, sysconf},
};
use std::{
    collections::HashMap,
    fs::File,
    io::Read,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A running program. Dropping it kills it, and so does the end of the bench, however that comes about.
pub struct Process {
    what: String,
    child: Child,
    log: PathBuf,
    stop_signal: Signal,
}

impl Process {
    /// Starts a program whose output goes to `log`. Only the main thread may call this: the kernel ends the program when
    /// the thread that started it ends.
    pub fn start(what: &str, mut command: Command, log: &Path) -> Result<Self> {
        let file = File::options().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        tie_to_us(&mut command);
        let child = command.spawn().with_context(|| format!("starting {what}"))?;
        Ok(Self { what: what.to_owned(), child, log: log.to_owned(), stop_signal: Signal::SIGTERM })
    }

    pub fn stop_signal(mut self, signal: Signal) -> Self {
        self.stop_signal = signal;
        self
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// User and system time of the program and everything that it started.
    pub fn cpu(&self) -> Duration {
        tree_cpu(self.id())
    }

    /// Octets in memory now (VmRSS).
    pub fn resident(&self) -> u64 {
        status_octets(self.id(), "VmRSS:")
    }

    /// An error if the program has ended by itself, with the end of its log.
    pub fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended with {status}\n{}", self.what, tail(&self.log)),
        }
    }

    /// Asks until the answer is yes; an error when the program ends or the time is over.
    pub fn wait_until(&mut self, limit: Duration, mut ready: impl FnMut() -> bool) -> Result<()> {
        let begun = Instant::now();
        while !ready() {
            self.check()?;
            if begun.elapsed() > limit {
                bail!("{} is not ready after {limit:?}\n{}", self.what, tail(&self.log));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// At once, as a power failure would.
    pub fn kill(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// In order, by its signal; killed if that takes too long.
    fn end(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        let _ = kill(Pid::from_raw(self.id() as i32), self.stop_signal);
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(15) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs a program to its end and returns what it printed; an error with its messages if it fails.
pub fn run(what: &str, command: Command) -> Result<String> {
    run_with_input(what, command, Stdio::null())
}

pub fn run_with_input(what: &str, mut command: Command, input: Stdio) -> Result<String> {
    command.stdin(input).stdout(Stdio::piped()).stderr(Stdio::piped());
    tie_to_us(&mut command);
    let output =
        command.spawn().and_then(Child::wait_with_output).with_context(|| format!("starting {what}"))?;
    if !output.status.success() {
        bail!("{what}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The kernel kills the program when we end; a Ctrl-C meant for us does not reach it first.
pub fn tie_to_us(command: &mut Command) {
    command.process_group(0);
    // SAFETY: prctl only sets an attribute of the calling process; nothing is allocated or locked between fork and exec.
    unsafe {
        command.pre_exec(|| {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            Ok(())
        });
    }
}

/// CPU time of a process, its living descendants, and those that any of them has reaped.
pub fn tree_cpu(root: u32) -> Duration {
    let mut parents = HashMap::new();
    let mut ticks = HashMap::new();
    let Ok(entries) = std::fs::read_dir("/proc") else { return Duration::ZERO };
    for entry in entries.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        if let Some((parent, used)) = stat(pid) {
            parents.insert(pid, parent);
            ticks.insert(pid, used);
        }
    }
    let belongs = |mut pid: u32| loop {
        if pid == root {
            return true;
        }
        match parents.get(&pid) {
            Some(parent) => pid = *parent,
            None => return false,
        }
    };
    let sum: u64 = ticks.iter().filter(|(pid, _)| belongs(**pid)).map(|(_, used)| used).sum();
    let per_second = sysconf(SysconfVar::CLK_TCK).ok().flatten().unwrap_or(100) as f64;
    Duration::from_secs_f64(sum as f64 / per_second)
}

/// Parent, and ticks in user and kernel mode with those of reaped children (proc_pid_stat(5), fields 4 and 14 to 17).
fn stat(pid: u32) -> Option<(u32, u64)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in brackets, may hold anything.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let parent = fields.get(1)?.parse().ok()?;
    let used = fields.get(11..15)?.iter().filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Some((parent, used))
}

fn status_octets(pid: u32, key: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) * 1024
}

/// The end of a log, for messages.
fn tail(log: &Path) -> String {
    let mut octets = Vec::new();
    let _ = File::open(log).and_then(|mut file| file.read_to_end(&mut octets));
    let text = String::from_utf8_lossy(&octets);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
