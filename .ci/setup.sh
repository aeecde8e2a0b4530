#!/usr/bin/env bash
# Installs what is missing on Debian with Rust, and nothing when nothing is.
#
#   .ci/setup.sh build    compiler's companions, Node.js, npm packages: enough for `make run` and `make dev`
#   .ci/setup.sh test     also the browser, PostgreSQL and RADIUS client that the tests use
#   .ci/setup.sh peer     also the RADIUS server that `make bench-peer` compares with
set -euo pipefail
. "$(dirname "$0")/lib.sh"

# install_packages PACKAGE...: what servers they bring are neither started now nor at the next boot.
install_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return
  have apt-get || die "please install: ${missing[*]}"
  heading "Installing ${missing[*]}"
  as_root sh -euc '
    export DEBIAN_FRONTEND=noninteractive
    if [ ! -e /usr/sbin/policy-rc.d ]; then
      printf "#!/bin/sh\nexit 101\n" >/usr/sbin/policy-rc.d
      chmod +x /usr/sbin/policy-rc.d
      trap "rm -f /usr/sbin/policy-rc.d" EXIT
    fi
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "$@" </dev/null
    for service in postgresql freeradius; do
      case " $* " in *" $service "*) systemctl disable "$service" >/dev/null 2>&1 || true ;; esac
    done
  ' sh "${missing[@]}"
}

install_wasm_target() {
  [ -d "$(rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null)" ] && return
  have rustup || die "Rust's target wasm32-unknown-unknown is missing, and rustup to add it"
  heading "Adding Rust's wasm32-unknown-unknown"
  rustup target add wasm32-unknown-unknown
}

node_is_recent() { have node && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge "$node_major" ]; }

# Debian's own Node.js may be older than the tools need; then npm brings one, in a folder of its own.
install_node() {
  have npm && node_is_recent && return
  have npm || install_packages nodejs npm
  node_is_recent && return
  heading "Installing Node.js"
  npm install --prefix "$node_home" --no-save "$node_package@22"
  PATH=$node_home/node_modules/$node_package/bin:$PATH
  node_is_recent || die "Node.js $node_major or newer is needed"
}

install_npm_packages() {
  local wanted=end2end/package-lock.json installed=end2end/node_modules/.installed-lock.json
  cmp -s "$wanted" "$installed" && return
  heading "Installing npm packages"
  (cd end2end && npm ci --no-progress)
  cp "$wanted" "$installed"
}

build=(gcc libc6-dev make lld ca-certificates)
test=(chromium faketime fonts-noto-cjk poppler-utils postgresql freeradius-utils sqlite3)
peer=(freeradius freeradius-postgresql)

case ${1:-test} in
build) install_packages "${build[@]}" ;;
test) install_packages "${build[@]}" "${test[@]}" ;;
peer) install_packages "${build[@]}" "${test[@]}" "${peer[@]}" ;;
*) die "usage: .ci/setup.sh [build|test|peer]" ;;
esac
have cargo || die "Rust is needed: https://rustup.rs"
install_wasm_target
install_node
install_npm_packages
