#!/usr/bin/env bash
# A PostgreSQL server of one's own: temporary folder, random port on loopback, password made up.
#
#   .ci/postgres.sh serve            prints its URL on one line; stops and removes everything when stdin closes
#   .ci/postgres.sh with COMMAND...  runs the command with OPENCMP_TEST_POSTGRES set
#
# Tied to a pipe, the server goes away with whoever started it, however that one ended.
set -euo pipefail

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1 || true)
[ -n "$bin" ] || bin=$(pg_config --bindir)

# PostgreSQL refuses to run as root.
as_postgres() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

serve() {
  local password port
  folder=$(mktemp -d /tmp/opencmp-postgres.XXXXXX)
  server=
  trap stop EXIT
  trap 'exit 1' INT TERM HUP
  password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
  printf '%s' "$password" >"$folder/password"
  if [ "$(id -u)" = 0 ]; then chown -R postgres "$folder"; fi
  cd "$folder"
  as_postgres "$bin/initdb" -D "$folder/data" -U opencmp --pwfile="$folder/password" --auth=password \
    --encoding=UTF8 --locale=C.UTF-8 --no-instructions >"$folder/initdb.log" 2>&1 </dev/null || {
    cat "$folder/initdb.log" >&2
    exit 1
  }
  for _ in 1 2 3 4 5; do
    port=$(shuf -i 20000-32000 -n 1)
    as_postgres "$bin/postgres" -D "$folder/data" -k "$folder" -h 127.0.0.1 -p "$port" \
      -c max_connections=200 -c fsync=on -c shared_buffers=128MB </dev/null >"$folder/server.log" 2>&1 &
    server=$!
    for _ in $(seq 300); do
      kill -0 "$server" 2>/dev/null || break
      if "$bin/pg_isready" -q -h "$folder" -p "$port"; then
        echo "postgres://opencmp:$password@127.0.0.1:$port/postgres"
        cat <&0 >/dev/null &
        wait $!
        return
      fi
      sleep 0.1
    done
  done
  cat "$folder/server.log" >&2
  exit 1
}

stop() {
  trap - EXIT INT TERM HUP
  if [ -f "$folder/data/postmaster.pid" ]; then
    as_postgres "$bin/pg_ctl" -D "$folder/data" -m immediate -s stop || true
  fi
  if [ -n "$server" ]; then wait "$server" 2>/dev/null || true; fi
  cd /
  rm -rf "$folder"
}

case ${1-} in
serve) serve ;;
with)
  shift
  coproc SERVER { exec "$0" serve; }
  pid=$SERVER_PID pipe=${SERVER[1]}
  read -r url <&"${SERVER[0]}"
  code=0
  OPENCMP_TEST_POSTGRES=$url "$@" || code=$?
  exec {pipe}>&-
  wait "$pid" || true
  exit "$code"
  ;;
*)
  sed -n '2,6s/^# \?//p' "$0" >&2
  exit 2
  ;;
esac
