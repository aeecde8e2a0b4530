# shellcheck shell=bash disable=SC2034
# Shared by the scripts beside it; sourced, not run.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
export npm_config_update_notifier=false npm_config_fund=false npm_config_audit=false

node_major=20
node_package=node-linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
node_home=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/opencmp-node
# See install_node.
[ -x "$node_home/node_modules/$node_package/bin/node" ] &&
  PATH=$node_home/node_modules/$node_package/bin:$PATH

have() { command -v "$1" >/dev/null 2>&1; }

heading() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

die() {
  echo "$*" >&2
  exit 1
}

# A pinned toolchain that is installed under another name needn't be fetched again.
if [ -z "${RUSTUP_TOOLCHAIN-}" ] && have rustup; then
  pinned=$(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)
  if ! rustup toolchain list | grep -q "^$pinned" && rustup run stable rustc -V 2>/dev/null | grep -q " $pinned "; then
    export RUSTUP_TOOLCHAIN=stable
  fi
fi

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    die "root is needed for: $*"
  fi
}

# Cargo's target directory for the host, and the one for the browser's half.
target_dir=${CARGO_TARGET_DIR:-target}
front_dir=$target_dir/front

host_packages=(--workspace --exclude opencmp-frontend)
