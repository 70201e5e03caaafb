# What a developer needs on the first day: `make demo`, `make test`. Both set up what they need, once.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: demo test check clean

demo: .venv/.demo-installed
	@$(BIN)/python -m sandbox.demo

test: .venv/.test-installed
	@scripts/system-packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

# Only the quick part: style, types, and the tests that start no processes.
check: .venv/.test-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -m "not e2e and not browser"

.venv/bin/python:
	$(PYTHON) -m venv .venv

# The marks hold a copy of what was installed: an unchanged list is not installed again, so both work offline.
.venv/.demo-installed: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.test-installed: requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/.demo-installed

clean:
	rm -rf .venv .demo instance
