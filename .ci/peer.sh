#!/usr/bin/env bash
# Installs the RADIUS server to compare with, not started, and says what there is: `make bench-peer`.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

.ci/setup.sh peer
heading "The peer"
freeradius -v | head -n 1
ls /usr/lib/freeradius/rlm_sql_postgresql.so /usr/lib/freeradius/rlm_sql_sqlite.so
"$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)/postgres" --version
radclient -v | head -n 1
