//! The command line, without a server: help, bad input, `config`, `radius decode`, `sim import`, `nas`, `backup`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use serde_json::Value;
use std::{fs, process::Output};
use support::{Site, opencmp, printed, repository};

fn run(args: &[&str]) -> Output {
    opencmp().args(args).output().unwrap()
}

/// It must fail; what it said.
fn refused(args: &[&str]) -> String {
    let output = run(args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{args:?} was taken: {}", printed(&output));
    assert!(!said.contains("panicked"), "{args:?}: {said}");
    said
}

#[test]
fn the_help_of_each_command_shows_an_example() {
    let commands: [&[&str]; 13] = [
        &["serve"],
        &["simulate"],
        &["simulate", "fleet"],
        &["simulate", "load"],
        &["nas", "add"],
        &["nas", "list"],
        &["tenant", "add"],
        &["tenant", "list"],
        &["sim", "import"],
        &["radius", "decode"],
        &["backup"],
        &["config", "check"],
        &["config", "print"],
    ];
    for command in commands {
        let output = opencmp().args(command).arg("--help").output().unwrap();
        let help = printed(&output);
        assert!(output.status.success(), "{command:?}: {help}");
        let example =
            help.split_once("Example").unwrap_or_else(|| panic!("{command:?} without example:\n{help}")).1;
        assert!(example.contains(&format!("opencmp {}", command.join(" "))), "{command:?}:\n{help}");
    }
    let all = printed(&run(&["--help"]));
    for command in ["serve", "simulate", "nas", "tenant", "sim", "radius", "backup", "config"] {
        assert!(all.contains(&format!("  {command} ")), "{command}:\n{all}");
    }
}

#[test]
fn a_bad_flag_is_named_with_what_would_be_right() {
    let site = Site::new();
    let data = site.data();
    let data = data.to_str().unwrap();
    for (args, named) in [
        (vec!["serve", "--data", data, "--http", "nonsense"], "--http"),
        (vec!["serve", "--data", data, "--accounting", "1813"], "--accounting"),
        (vec!["serve", "--data", data, "--demo-sims", "10"], "--demo"),
        (vec!["serve", "--data", data, "--demo", "--demo-days", "5000"], "--demo-days"),
        (vec!["serve", "--data", data, "--colour", "red"], "--colour"),
        (vec!["nas", "add", "x", "--data", data, "--address", "10.0.0.0/33", "--secret", "s"], "address"),
        (vec!["nas", "add", "x", "--data", data, "--address", "somewhere", "--secret", "s"], "address"),
        (vec!["nas", "add", "x", "--data", data, "--address", "10.0.0.1", "--secret", ""], "secret"),
        (vec!["nas", "add", "", "--data", data, "--address", "10.0.0.1", "--secret", "s"], "name"),
        (vec!["nas", "add", "x", "--data", data, "--address", "10.0.0.1"], "--secret"),
        (vec!["sim", "import", "/nowhere/sims.csv", "--data", data], "/nowhere/sims.csv"),
        (vec!["radius", "decode", "0g"], "HEX"),
        (vec!["radius", "decode", "040"], "HEX"),
        (vec!["radius", "decode", "--role", "door", "04"], "--role"),
        (vec!["backup", "--data", data], "--to"),
        (vec!["simulate", "load", "--sims", "0"], "--sims"),
        (vec!["simulate", "load", "--target", "192.0.2.1:1813"], "--target"),
        (vec!["config", "check", "--config", "/nowhere.toml"], "/nowhere.toml"),
    ] {
        let said = refused(&args);
        assert!(said.contains(named), "{args:?} doesn't name {named}: {said}");
    }
}

#[test]
fn pages_are_served_on_loopback_only() {
    let site = Site::new();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        let said = refused(&["serve", "--data", site.data().to_str().unwrap(), "--http", address]);
        assert!(said.contains("http.address") && said.contains("loopback"), "{said}");
    }
    assert!(!site.data().exists(), "nothing is half done");
}

#[test]
fn an_exported_audit_log_is_verified_and_its_export_is_in_it() {
    let site = Site::new();
    for at in 1..=3 {
        let sims = format!("imsi,group\n00101000000000{at},g{at}\n");
        site.import("甲", &sims);
    }
    let exported = site.cli(&["audit", "export", "--tenant", "甲"]);
    assert!(
        exported.lines().last().unwrap().contains(r#""action":"export","subject":"audit""#),
        "{exported}"
    );
    let file = site.path("audit.jsonl");
    let verify = |text: &str| {
        fs::write(&file, text).unwrap();
        let output = run(&["audit", "verify", file.to_str().unwrap()]);
        (output.status.success(), printed(&output))
    };
    let entries = exported.lines().count();
    let (sound, said) = verify(&exported);
    assert!(sound && said.contains(&format!("{entries} entries, unbroken")), "{said}");
    let mut lines: Vec<&str> = exported.lines().collect();
    lines.swap(1, 2);
    let (sound, said) = verify(&(lines.join("\n") + "\n"));
    assert!(!sound && said.contains("line 2: entry 3 stands where entry 2 should"), "{said}");
}

#[test]
fn the_configuration_is_checked_and_printed() {
    let site = Site::new();
    let file = site.path("opencmp.toml");
    let file_name = file.to_str().unwrap();
    fs::write(
        &file,
        "[http]\naddress = \"127.0.0.1:9000\"\n[database]\nurl = \"postgres://u:hunter2@h/d\"\n",
    )
    .unwrap();
    let output = run(&["config", "check", "--config", file_name]);
    assert!(output.status.success(), "{}", printed(&output));

    let output = opencmp()
        .args(["config", "print", "--config", file_name, "--data", "/elsewhere"])
        .env("OPENCMP_RETENTION__HOURLY_DAYS", "30")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let config: Value = serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap();
    assert_eq!(config["http"]["address"], "127.0.0.1:9000");
    assert_eq!(config["retention"]["hourly_days"], 30);
    assert_eq!(config["data"], "/elsewhere");
    assert_eq!(config["accounting"]["sockets"], 2, "defaults are printed as well");
    assert!(!text.contains("hunter2"), "{text}");

    for (text, named) in [
        ("[http]\nadress = \"127.0.0.1:9000\"\n", "adress"),
        ("[http]\naddress = \"0.0.0.0:9000\"\n", "http.address"),
        ("[accounting]\nsockets = 0\n", "accounting.sockets"),
        ("[retention]\nrecords_max_mib = 1\n", "retention.records_max_mib"),
        ("[database]\nurl = \"mysql://h/d\"\n", "database.url"),
        ("[http\n", file_name),
    ] {
        fs::write(&file, text).unwrap();
        let said = refused(&["config", "check", "--config", file_name]);
        assert!(said.contains(named), "{text:?}: {said}");
    }
}

#[test]
fn radius_decode_prints_what_the_vectors_expect() {
    let folder = repository().join("crates/radius/tests/vectors");
    let mut decoded = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let vector: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        // Answers can't be checked without their request, which the command isn't given.
        if vector.get("request_hex").or(vector.get("request_authenticator_hex")).is_some_and(Value::is_string)
        {
            continue;
        }
        let id = &vector["id"];
        let mut command = opencmp();
        command.args(["radius", "decode", "--role", vector["role"].as_str().unwrap()]);
        if let Some(secret) = vector["secret"].as_str() {
            command.args(["--secret", secret]);
        }
        let output = command.arg(vector["hex"].as_str().unwrap()).output().unwrap();
        let printed: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{id}: {e}"));
        let expect = &vector["expect"];
        assert_eq!(printed["packet"], expect["packet"], "{id}");
        assert_eq!(printed["decoded"], expect["decoded"], "{id}");
        assert_eq!(output.status.success(), expect["packet"] == "accept", "{id}");
        if let Some(reason) = expect["discard_reason"].as_str() {
            let said = printed["discard_reason"].as_str().unwrap_or_default();
            assert!(!said.is_empty() && reason.starts_with(said), "{id}: {said:?} for {reason:?}");
        }
        decoded += 1;
    }
    assert!(decoded >= 45, "only {decoded} vectors found");
}

#[test]
fn radius_decode_ignores_blanks_and_colons() {
    let plain = run(&[
        "radius",
        "decode",
        "0411002337ae4a60399d79565021a9b6fff5b59504060a1400092806000000072c0330ffffff",
    ]);
    let spaced = run(&[
        "radius",
        "decode",
        "04:11:00:23 37ae4a60399d79565021a9b6 fff5b59504060a140009\n2806000000072c0330ffffff",
    ]);
    assert!(plain.status.success());
    assert_eq!(plain.stdout, spaced.stdout);
}

const TWO_OF_THREE: &str = "imsi,msisdn,name,group,state\n\
    001010000000001,0400010000001,電表一,北區/台北,active\n\
    00101000000000X,0400010000002,電表二,北區/台北,active\n\
    001010000000003,0400010000003,電表三,北區/台北,asleep\n\
    001010000000004,0400010000004,電表四,南區,active\n";

#[test]
fn a_tenant_is_made_once_with_a_calendar_that_is_offered() {
    let site = Site::new();
    let add = |args: &[&str]| site.run(&[&["tenant", "add", "大甲水務"], args].concat());
    let said = printed(&add(&["--time-zone", "Mars/Olympus"]));
    assert!(said.contains("--time-zone") && said.contains("Asia/Taipei"), "{said}");
    let said = printed(&add(&["--cycle-day", "31"]));
    assert!(said.contains("cycle_day"), "{said}");
    assert!(printed(&site.run(&["tenant", "list"])).is_empty());
    assert!(add(&["--cycle-day", "5"]).status.success());
    assert!(!add(&[]).status.success(), "there is one of that name");
    let listed = printed(&site.run(&["tenant", "list"]));
    assert!(listed.contains("大甲水務\tAsia/Taipei\t5"), "{listed}");
}

#[test]
fn an_import_is_all_or_nothing_unless_told_otherwise() {
    let site = Site::new();
    let file = site.path("sims.csv");
    fs::write(&file, TWO_OF_THREE).unwrap();
    let file = file.to_str().unwrap();

    let output = site.run(&["sim", "import", file, "--tenant", "大甲水務"]);
    let said = printed(&output);
    assert!(!output.status.success());
    assert!(said.contains("line 3, imsi") && said.contains("line 4, state"), "{said}");
    assert!(said.contains("nothing was imported"), "{said}");

    let output = site.run(&["sim", "import", file, "--tenant", "大甲水務", "--keep-good"]);
    let said = printed(&output);
    assert!(!output.status.success(), "some lines were not taken");
    assert!(said.contains("created 2, changed 0, adopted 0, unchanged 0, refused 2"), "{said}");

    let good: String = TWO_OF_THREE
        .lines()
        .enumerate()
        .filter(|(at, _)| ![2, 3].contains(at))
        .map(|(_, line)| format!("{line}\n"))
        .collect();
    let said = site.import("大甲水務", &good);
    assert!(said.contains("created 0, changed 0, adopted 0, unchanged 2, refused 0"), "{said}");
    let said = site.import("大甲水務", &good.replace("電表四", "水表四"));
    assert!(said.contains("created 0, changed 1, adopted 0, unchanged 1, refused 0"), "{said}");
}

#[test]
fn an_import_names_conflicts_within_the_file_and_with_what_is_there() {
    let site = Site::new();
    site.import("甲", "imsi,msisdn\n001010000000001,0400010000001\n");
    for (csv, named) in [
        // The same SIM twice, the same number for two SIMs, another customer's SIM.
        ("imsi,msisdn\n001010000000005,0400010000005\n001010000000005,0400010000006\n", "line 3"),
        ("imsi,msisdn\n001010000000005,0400010000005\n001010000000006,0400010000005\n", "line 3"),
        ("imsi,msisdn\n001010000000001,0400010000001\n", "line 2"),
    ] {
        let file = site.path("conflict.csv");
        fs::write(&file, csv).unwrap();
        let output = site.run(&["sim", "import", file.to_str().unwrap(), "--tenant", "乙"]);
        let said = printed(&output);
        assert!(!output.status.success() && said.contains(named), "{csv}: {said}");
        assert!(said.contains("nothing was imported"), "{csv}: {said}");
    }
    let database = rusqlite::Connection::open(site.data().join("opencmp.sqlite")).unwrap();
    for (sql, expected) in [
        ("SELECT COUNT(*) FROM tenant WHERE name = '乙'", 0),
        ("SELECT COUNT(*) FROM audit_log WHERE action = 'tenant.create' AND subject = '乙'", 0),
        ("SELECT COUNT(*) FROM tenant", 1),
    ] {
        let count: i64 = database.query_row(sql, [], |row| row.get(0)).unwrap();
        assert_eq!(count, expected, "{sql}");
    }
    for (csv, named) in [("imsi,colour\n", "colour"), ("name\n", "imsi"), ("", "empty")] {
        let file = site.path("unreadable.csv");
        fs::write(&file, csv).unwrap();
        let output = site.run(&["sim", "import", file.to_str().unwrap()]);
        assert!(!output.status.success() && printed(&output).contains(named), "{csv}: {}", printed(&output));
    }
}

#[test]
fn cells_are_imported_all_or_nothing_unless_told_otherwise() {
    let site = Site::new();
    let file = site.path("466.csv");
    let import = |text: &str, more: &[&str]| {
        fs::write(&file, text).unwrap();
        let output = site.run(&[&["cell", "import", file.to_str().unwrap()], more].concat());
        (output.status.success(), printed(&output))
    };
    let bad = "radio,mcc,net,area,cell\nLTE,466,92,1,257\nLTE,466,92,1,257\nLTE,466,92,1,x\n";
    let (taken, said) = import(bad, &[]);
    assert!(!taken && said.contains("line 3, cell: is also in line 2"), "{said}");
    assert!(said.contains("line 4, cell:") && said.contains("nothing was imported"), "{said}");
    let (taken, said) = import(bad, &["--keep-good"]);
    assert!(!taken && said.contains("created 1, changed 0, unchanged 0"), "{said}");
    let (taken, said) = import("LTE,466,92,1,257,0,121.5,25.03,800,1,1,0,0,0\n", &[]);
    assert!(taken && said.contains("created 0, changed 1, unchanged 0"), "{said}");
    let (taken, said) = import("colour\n", &[]);
    assert!(!taken && said.contains("colour"), "{said}");
}

#[test]
fn gateways_are_listed_without_their_secrets_and_taken_once() {
    let site = Site::new();
    site.cli(&["nas", "add", "pgw-tpe-01", "--address", "10.20.0.0/28", "--secret", "s3cret-one"]);
    let list = site.cli(&["nas", "list"]);
    assert!(list.contains("pgw-tpe-01\t10.20.0.0/28") && !list.contains("s3cret"), "{list}");
    for (args, named) in [
        (
            ["nas", "add", "pgw-tpe-01", "--address", "10.20.1.0/28", "--secret", "s"],
            "\"pgw-tpe-01\" is already taken",
        ),
        (["nas", "add", "pgw-tpe-02", "--address", "10.20.0.0/28", "--secret", "s"], "10.20.0.0/28"),
    ] {
        let output = site.run(&args);
        assert!(!output.status.success() && printed(&output).contains(named), "{}", printed(&output));
    }
}

#[test]
fn a_backup_is_a_database_and_overwrites_nothing() {
    let site = Site::new();
    site.import("大甲水務", "imsi,name\n001010000000001,電表一\n");
    let copy = site.path("copy.sqlite");
    site.cli(&["backup", "--to", copy.to_str().unwrap()]);
    let database = rusqlite::Connection::open(&copy).unwrap();
    let count: i64 =
        database.query_row("SELECT count(*) FROM sim WHERE name = '電表一'", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1);
    let again = site.run(&["backup", "--to", copy.to_str().unwrap()]);
    assert!(!again.status.success() && printed(&again).contains("--to"), "{}", printed(&again));
}
