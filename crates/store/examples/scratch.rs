use rusqlite::{Connection, params};
use std::time::Instant;
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}
struct T(Instant, f64);
fn t() -> T {
    T(Instant::now(), cpu())
}
impl T {
    fn p(&self, what: &str, n: i64) {
        println!(
            "{what:40} cpu {:.2} us/row  wall {:.2}",
            (cpu() - self.1) * 1e6 / n as f64,
            self.0.elapsed().as_secs_f64() * 1e6 / n as f64
        );
    }
}
fn main() {
    let page: i64 = std::env::args().nth(1).map_or(16384, |a| a.parse().unwrap());
    let n: i64 = 1_000_000;
    let dir = std::env::var("SCRATCH").unwrap_or("/tmp/scratchdb".into());
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    let mut c = Connection::open(format!("{dir}/x.db")).unwrap();
    c.execute_batch(&format!("pragma page_size={page}; pragma journal_mode=wal; pragma synchronous=normal; pragma wal_autocheckpoint=0; pragma cache_size=-65536; pragma temp_store=memory;")).unwrap();
    c.execute_batch("create table wr(day integer not null, sim integer not null, class integer not null, up integer not null, down integer not null, primary key(day,sim,class)) without rowid, strict;
     create table rp(k integer primary key, up integer not null, down integer not null) strict;
     create table live(sim integer primary key, a integer, b integer, c integer, d integer, e integer not null, f integer not null, g integer not null, h integer not null, i integer not null, j integer not null, k integer not null, l integer not null) strict;").unwrap();
    let cp = |c: &Connection, what: &str| {
        let x = t();
        let r: (i64, i64, i64) = c
            .query_row("pragma wal_checkpoint(passive)", [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))
            .unwrap();
        x.p(&format!("  checkpoint {what} {} MB", r.1 * page / 1_000_000), 1_000_000);
    };
    for round in 0..3 {
        let step = if round < 2 { 1 } else { 10 };
        let m = n / step;
        let x = t();
        let tx = c.transaction().unwrap();
        {
            let mut s = tx.prepare_cached("insert into wr values(?1,?2,?3,?4,?5) on conflict(day,sim,class) do update set up=up+min(excluded.up, 9007199254740992-up), down=down+min(excluded.down, 9007199254740992-down)").unwrap();
            for i in 0..m {
                s.execute(params![20000, i * step, 7, 100000 + i, 2000000 + i]).unwrap();
            }
        }
        tx.commit().unwrap();
        x.p("wr upsert", m);
        cp(&c, "wr");
        let x = t();
        let tx = c.transaction().unwrap();
        {
            let mut u = tx
                .prepare_cached("update wr set up=up+?4, down=down+?5 where day=?1 and sim=?2 and class=?3")
                .unwrap();
            let mut s = tx.prepare_cached("insert into wr values(?1,?2,?3,?4,?5)").unwrap();
            for i in 0..m {
                if u.execute(params![20001, i * step, 7, 100000 + i, 2000000 + i]).unwrap() == 0 {
                    s.execute(params![20001, i * step, 7, 100000 + i, 2000000 + i]).unwrap();
                }
            }
        }
        tx.commit().unwrap();
        x.p("wr update else insert", m);
        cp(&c, "wr");
        let x = t();
        let tx = c.transaction().unwrap();
        {
            let mut s = tx.prepare_cached("insert into rp values(?1,?2,?3) on conflict(k) do update set up=up+min(excluded.up, 9007199254740992-up), down=down+min(excluded.down, 9007199254740992-down)").unwrap();
            for i in 0..m {
                s.execute(params![20000i64 << 44 | (i * step) << 12 | 7, 100000 + i, 2000000 + i]).unwrap();
            }
        }
        tx.commit().unwrap();
        x.p("packed rowid upsert", m);
        let x = t();
        let tx = c.transaction().unwrap();
        {
            let mut u = tx.prepare_cached("update rp set up=up+?2, down=down+?3 where k=?1").unwrap();
            let mut s = tx.prepare_cached("insert into rp values(?1,?2,?3)").unwrap();
            for i in 0..m {
                let k = 20001i64 << 44 | (i * step) << 12 | 7;
                if u.execute(params![k, 100000 + i, 2000000 + i]).unwrap() == 0 {
                    s.execute(params![k, 100000 + i, 2000000 + i]).unwrap();
                }
            }
        }
        tx.commit().unwrap();
        x.p("packed rowid update else insert", m);
        cp(&c, "rp");
        let x = t();
        let tx = c.transaction().unwrap();
        {
            let mut s = tx
                .prepare_cached("replace into live values(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)")
                .unwrap();
            for i in 0..m {
                s.execute(params![
                    i * step,
                    1,
                    1700000000000000i64 + i,
                    1152921504606846976i64 + i,
                    7,
                    20000,
                    100000 + i,
                    19990,
                    200000 + i,
                    3000000 + i,
                    5000000 + i,
                    3600,
                    0
                ])
                .unwrap();
            }
        }
        tx.commit().unwrap();
        x.p("live replace", m);
        cp(&c, "live");
    }
}
