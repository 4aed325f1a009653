# Every target sets itself up: nothing is needed but make and Python 3.11 or newer.
# Another interpreter: make test PYTHON=python3.13

ifndef PYTHON
PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
endif
VENV := .venv
BIN := $(VENV)/bin

# Stamps: the package is installed again, with the extras that a target needs, only when pyproject.toml has changed.
BASE := $(VENV)/.installed
with = $(VENV)/.installed-$(1)

.PHONY: demo test lint bench coverage-table clean
.NOTPARALLEL:

# 134 rows of the file are no customers that Zendesk takes. The ledger and the reports are in a temporary directory.
demo: $(call with,cli)
	$(BIN)/zdasync bulk run examples/customers.csv --simulate --allow-failures 134

test: $(call with,test)
	$(BIN)/python -m pytest -n 2

lint: $(call with,lint)
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(call with,bench)
	$(BIN)/python -m benchmarks

coverage-table: $(BASE)
	$(BIN)/python tests/contract/operation_table.py

clean:
	rm -rf $(VENV) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo 'Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(BASE): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-%: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@
