#!/usr/bin/env bash
# Builds everything for release and runs it with the simulated network: `make run`. Arguments replace the server's.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

.ci/build.sh
[ $# -gt 0 ] || set -- serve --demo --data ./data
heading "OpenCMP on http://127.0.0.1:8080 (RADIUS accounting on 127.0.0.1:1813); Ctrl-C stops it"
exec "$target_dir/release/opencmp" "$@"
