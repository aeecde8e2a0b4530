#!/usr/bin/env bash
# Format and clippy, for the host and for the browser. With an argument, only that part: format, host, browser.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

format() { cargo fmt --all --check; }

host() { cargo clippy "${host_packages[@]}" --all-targets -- -D warnings; }

# The bundle's profile, so that both share what they compile for the host.
browser() {
  cargo clippy -p opencmp-frontend --target wasm32-unknown-unknown --profile wasm-dev --target-dir "$front_dir" \
    -- -D warnings
}

for part in "${@:-format host browser}"; do
  for each in $part; do "$each"; done
done
