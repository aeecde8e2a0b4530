#!/usr/bin/env bash
# Playwright against the real binary, in Debian's Chromium. Arguments go to Playwright.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

# All at once, as the Rust tests build them: asked for alone, the binaries would be compiled with other features.
cargo build "${host_packages[@]}" --bins --tests
"$target_dir/debug/xtask" bundle

OPENCMP_BIN=$(realpath "$target_dir/debug/opencmp")
export OPENCMP_BIN
cd end2end
npx --no-install playwright test "$@"
