#!/usr/bin/env bash
# Installs the RADIUS server to compare with, not started, and says what there is: `make bench-peer`.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

.ci/setup.sh peer
heading "The peer"
freeradius -v | sed -n 1p
ls /usr/lib/freeradius/rlm_sql_postgresql.so /usr/lib/freeradius/rlm_sql_sqlite.so
"$(find /usr/lib/postgresql -path '*/bin/postgres' | sort -V | tail -n 1)" --version
radclient -v 2>&1 | sed -n 1p
