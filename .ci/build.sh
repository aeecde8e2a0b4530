#!/usr/bin/env bash
# The release build: the server and what it serves.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

.ci/setup.sh build
heading "Building the server"
cargo build --release -p opencmp
heading "Building the web interface"
cargo run -p xtask -- bundle --release
