#!/usr/bin/env bash
# Everything that must hold before a change is taken in: `make test`.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

summary=()
current=

# stage NAME COMMAND...
stage() {
  current=$1
  shift
  heading "$current"
  local start=$SECONDS
  "$@"
  summary+=("$(printf 'ok      %4d s  %s' $((SECONDS - start)) "$current")")
  current=
}

finish() {
  local code=$?
  heading "Summary"
  for line in "${summary[@]}"; do echo "$line"; done
  if [ $code != 0 ]; then echo "FAILED          ${current:-}"; fi
  printf '%13d s  in all\n' "$SECONDS"
  exit $code
}
trap finish EXIT

rust_tests() {
  if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run "${host_packages[@]}"
    cargo test "${host_packages[@]}" --doc
  else
    cargo test "${host_packages[@]}"
  fi
}

if [ "${1-}" = rust ]; then
  trap - EXIT
  rust_tests
  exit
fi

stage "Set up" .ci/setup.sh test
stage "Format" .ci/lint.sh format
stage "Clippy, host" .ci/lint.sh host
stage "Clippy, browser" .ci/lint.sh browser
stage "Build" cargo build "${host_packages[@]}" --bins --tests
stage "Rust tests, on SQLite and PostgreSQL" .ci/postgres.sh with .ci/test.sh rust
stage "Browser tests" .ci/e2e.sh
