//! The server's configuration. What isn't accounting is left out, which is in its favour.

use super::{Database, read_shared};
use crate::postgres;
use anyhow::Result;
use std::path::Path;

pub fn write(folder: &Path, database: &Database, secret: &str, port: u16) -> Result<()> {
    let (dialect, driver) = match database {
        Database::Sqlite(path) => {
            ("sqlite", format!("sqlite {{\n filename = \"{}\"\n busy_timeout = 200\n}}", path.display()))
        }
        Database::Postgres { server, name } => {
            let (port, user, password) = (server.port, postgres::USER, &server.password);
            let login = format!("login = \"{user}\"\npassword = \"{password}\"\nradius_db = \"{name}\"");
            ("postgresql", format!("server = \"127.0.0.1\"\nport = {port}\n{login}"))
        }
    };
    std::fs::write(
        folder.join("queries.conf"),
        read_shared(&format!("mods-config/sql/main/{dialect}/queries.conf"))?,
    )?;
    std::fs::write(folder.join("accounting-policy"), read_shared("policy.d/accounting")?)?;
    let pool = match database {
        Database::Sqlite(_) => "start = 1\nmin = 1\nmax = 1\nspare = 0",
        Database::Postgres { .. } => {
            "start = ${thread[pool].start_servers}\nmin = ${thread[pool].min_spare_servers}\n\
             max = ${thread[pool].max_servers}\nspare = ${thread[pool].max_spare_servers}"
        }
    };
    // More threads than connections, and most requests would find none and go unanswered.
    let threads = match database {
        Database::Sqlite(_) => {
            "start_servers = 1\nmax_servers = 1\nmin_spare_servers = 1\nmax_spare_servers = 1"
        }
        Database::Postgres { .. } => {
            "start_servers = 5\nmax_servers = 32\nmin_spare_servers = 3\nmax_spare_servers = 10"
        }
    };
    let text = TEMPLATE
        .replace("@threads@", threads)
        .replace("@folder@", &folder.display().to_string())
        .replace("@dialect@", dialect)
        .replace("@driver@", &driver)
        .replace("@pool@", pool)
        .replace("@secret@", secret)
        .replace("@port@", &port.to_string());
    std::fs::write(folder.join("radiusd.conf"), text)?;
    Ok(())
}

/// Limits and the sql module are those of the distribution's files, and so is PostgreSQL's thread pool. The socket has room
/// for as many requests as are sent at once.
const TEMPLATE: &str = r#"
prefix = /usr
libdir = /usr/lib/freeradius
raddbdir = @folder@
logdir = @folder@
run_dir = @folder@
pidfile = @folder@/radiusd.pid
max_request_time = 30
cleanup_delay = 5
max_requests = 16384
hostname_lookups = no
log {
    destination = files
    file = @folder@/radius.log
    auth = no
}
security {
    allow_core_dumps = no
    max_attributes = 200
    reject_delay = 1
    status_server = yes
}
proxy_requests = no
thread pool {
    @threads@
    max_requests_per_server = 0
    auto_limit_acct = no
}
modules {
    expr {
        safe_characters = "@abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_: /"
    }
    sql {
        dialect = "@dialect@"
        driver = "rlm_sql_${dialect}"
        @driver@
        acct_table1 = "radacct"
        acct_table2 = "radacct"
        postauth_table = "radpostauth"
        authcheck_table = "radcheck"
        groupcheck_table = "radgroupcheck"
        authreply_table = "radreply"
        groupreply_table = "radgroupreply"
        usergroup_table = "radusergroup"
        delete_stale_sessions = yes
        pool {
            @pool@
            uses = 0
            retry_delay = 30
            lifetime = 0
            idle_timeout = 60
        }
        client_table = "nas"
        group_attribute = "SQL-Group"
        $INCLUDE @folder@/queries.conf
    }
}
policy {
    $INCLUDE @folder@/accounting-policy
}
client load {
    ipaddr = 127.0.0.1
    secret = @secret@
}
server default {
    listen {
        type = acct
        ipaddr = 127.0.0.1
        port = @port@
        recv_buff = 4194304
    }
    preacct {
        acct_unique
    }
    accounting {
        sql
    }
}
"#;
