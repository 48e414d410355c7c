# Two commands on a fresh machine with Python 3.11 or later:
#   make study   train a ladder of small models, forecast each next one before it is opened, report
#   make test    the tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
STUDY ?= ladder-study
JOBS ?= 2
BENCHMARKS ?= cli_start forecast_speed curve_fits recipe_skill time_horizon

# Compiled bytecode halves the time that a command takes to start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup system study test characteristics lint format reference lock bench clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 20

setup: $(STAMP)  ## create .venv and install the hash-checked lock and this package

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$(PYTHON) is $$($(PYTHON) --version 2>&1); Python 3.11 or later is needed. Try: make setup PYTHON=python3.12" >&2; \
	  exit 2; }
	@echo "installing the locked packages of all extras into $(VENV): some minutes, about 2 GB"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The report's test opens a page in Chromium; the strong sandbox is bubblewrap, which needs Linux. Where one
# is missing its tests are skipped and say so.
system:
	@wanted=""; \
	{ command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null || wanted="chromium"; \
	[ "$$(uname)" != Linux ] || command -v bwrap >/dev/null || wanted="$$wanted bubblewrap"; \
	if [ -z "$$wanted" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$wanted >/dev/null; } \
	  || echo "could not install: $$wanted; their tests will be skipped"; \
	else echo "not found, and not installed from here: $$wanted; their tests will be skipped"; fi

study: setup  ## train a small ladder, forecast each rung before it is opened, report
	$(BIN)/tasklaws study $(STUDY)

test: setup system  ## run the fast tests
	$(BIN)/python -m pytest -n $(JOBS)

characteristics: setup  ## run the size, power and coverage studies (hours)
	$(BIN)/python -m pytest -m "slow or characteristics"

lint: setup  ## check style, types and the layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup  ## rewrite the files in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

reference: setup  ## write docs/reference/cli.md from the command line itself
	$(BIN)/python -m tasklaws.cli.reference docs/reference/cli.md

lock: setup  ## pin every dependency of every extra, with hashes and without hosts
	$(BIN)/uv pip compile pyproject.toml --extra all --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-emit-index-url --no-emit-find-links --quiet --output-file requirements.lock

bench: setup  ## measure times; nothing here passes or fails
	@for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python -m benchmarks.$$name || exit 1; done

clean:  ## remove what was built, but not studies
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
