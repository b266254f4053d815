# Everything that people and CI do here; `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
BIN := .venv/bin
# Test processes side by side, each with servers of its own.
WORKERS ?= 2
# Passed on to what is run: STACK=containers, STACK_KAFKA=tansu, SEED=7.
export STACK STACK_KAFKA SEED

.PHONY: help setup run test check bench faults conformance contracts format lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/ready ## make .venv from requirements.lock (the other targets do it when needed)

.venv/ready: requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed, and $(PYTHON) is not on PATH (PYTHON=… names another)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, and $(PYTHON) is $$($(PYTHON) --version) (PYTHON=… names another)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "Python's venv module is needed (Debian: apt install python3-venv)" >&2; exit 1; }
	@echo "installing requirements.lock into .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements.lock
	@touch $@

run: .venv/ready ## start the servers and all five services, load the demo tenant; Ctrl-C stops
	@exec $(BIN)/python -m deploy.local run

test: .venv/ready ## run the tests that need no special tool; TEST=tests/router for a part, WORKERS=1 one by one
	@exec $(BIN)/python -m pytest -m "not bench and not faults_long" -n $(WORKERS) --dist loadfile $(TEST)

check: .venv/ready ## check format, lint, types, imports and generated contracts
	@$(BIN)/ruff format --check --quiet . || { echo "run \`make format\`" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m shared.contracts check

bench: .venv/ready ## print figures against their goals; ONLY=engine for a part
	@exec $(BIN)/python -m tests.bench $(ONLY)

faults: .venv/ready ## kill and stop everything in turn, and prove that nothing is lost; SEED=7
	@exec $(BIN)/python -m pytest tests/faults -m faults

conformance: .venv/ready ## feed all reference mails through the running suite
	@exec $(BIN)/python -m tests.conformance

contracts: .venv/ready ## generate schemas, AsyncAPI and topic manifests from the catalog
	@$(BIN)/python -m shared.contracts generate

format: .venv/ready ## format, and repair what ruff can repair
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format --quiet .

lock: ## resolve requirements.lock anew from pyproject.toml (needs uv)
	@command -v uv >/dev/null || { echo "uv is needed: pip install uv" >&2; exit 1; }
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --all-extras \
	  --no-emit-index-url --no-annotate --no-header --output-file requirements.lock pyproject.toml
	@$(MAKE) setup
	@$(BIN)/python -m deploy.compose.package_names

clean: ## remove .run: data, logs, mails, keys, Kafka's jars
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m deploy.local clean; else rm -rf .run; fi
