# Each target installs what it lacks on Debian with Rust. The work is in .ci/.
.PHONY: run dev build test e2e lint fmt setup bench bench-peer

run: ## release build, then the demonstration on http://127.0.0.1:8080
	@.ci/serve.sh

dev: ## the same unoptimised; rebuilds and restarts when a file changes
	@.ci/setup.sh build
	@cargo run -p xtask -- dev serve --demo --data ./data

build: ## release build only
	@.ci/build.sh

test: ## format, clippy, Rust tests on SQLite and PostgreSQL, browser tests
	@.ci/test.sh

e2e: ## browser tests only; E2E='smoke --headed' passes arguments on
	@.ci/setup.sh test
	@.ci/e2e.sh $(E2E)

lint: ## format and clippy only
	@.ci/setup.sh build
	@.ci/lint.sh

fmt: ## formats the code
	@cargo fmt --all

setup: ## installs what is missing, nothing more
	@.ci/setup.sh test

bench: ## measures, and prints what it found; BENCH='--quick' passes arguments on
	@.ci/build.sh
	@cargo run --release -p opencmp-bench -- run $(BENCH)

bench-peer: ## installs the RADIUS server to compare with, not started
	@.ci/peer.sh
