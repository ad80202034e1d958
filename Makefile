# make run: serve. make stack: serve on the real services. make test: every test. make check: everything that is
# checked without running.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run stack test check bench soak skew lock vendor format clean

run: export DATA ?= ./var
run: .venv/.runtime
	@$(BIN)/python manage.py quickstart

# The packages that PostgreSQL and the mail catcher come from are among those for development.
stack: export DATA ?= ./var/stack
stack: .venv/.dev
	@scripts/stack

test: .venv/.dev
	@scripts/test

check: .venv/.dev
	@scripts/check

# WatchParty beside its references on this machine. SCENARIO="one-room ramp" picks some, ROUNDS=5 says how often,
# ARGS="--only watchparty,go --into FILE" is passed on.
bench: .venv/.dev
	@$(BIN)/python -m benchmarks.run $(SCENARIO) $(if $(ROUNDS),--rounds $(ROUNDS)) $(ARGS)

# Rooms of simulated people on the stack for half an hour, and whether all was well. MINUTES=5 SEED=7 make soak.
soak: .venv/.dev
	@$(BIN)/python -m benchmarks.soak --minutes $(or $(MINUTES),30) $(if $(SEED),--seed $(SEED)) $(ARGS)

# How far apart the pictures of several browsers are, on a server of its own. ARGS="--pages 4 --delay 50 --jitter 20".
skew: .venv/.dev
	@scripts/install-system-packages
	@$(BIN)/python -m benchmarks.skew $(ARGS)

# Rewrites the locked requirements from requirements*.in.
lock: .venv/.dev
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" requirements-dev.in -o requirements-dev.txt

# Fetches the libraries in static/vendor anew, with their licences, and notes their checksums.
vendor:
	scripts/vendor

format: .venv/.dev
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

clean:
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "python3 can't make virtual environments here. On Debian: apt install python3-venv"; exit 1; }

.venv/.runtime: .venv/bin/python requirements.txt
	@echo "Installing what the server runs on (once, about a minute)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/.dev: .venv/bin/python requirements-dev.txt
	@echo "Installing what tests and checks need (once, about two minutes)…"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@ .venv/.runtime
