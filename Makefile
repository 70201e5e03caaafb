# What a developer needs on the first day: `make demo`, `make test`. Both set up what they need, once.
PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: demo test check chaos bad-days benchmarks clean screenshots translations

demo: .venv/.demo-installed
	@$(BIN)/python -m sandbox.demo

test: .venv/.test-installed
	@scripts/system-packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 3 --dist loadgroup -m "not e2e and not chaos"
	$(BIN)/pytest -n 3 --dist loadgroup -m "e2e or chaos"

# Only the quick part: style, types, and the tests that start no processes.
check: .venv/.test-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadgroup -m "not e2e and not browser and not chaos"

# Every page at 1280 and 390 pixels, light and dark, for a person to look at.
screenshots: .venv/.test-installed
	$(BIN)/python -m tests.browser.screenshots

# The catalogues of the panel's texts anew from the source: then translate what is empty in connector/translations/*/*/messages.po
# and run it again, which compiles them. The compiled ones are committed: a clone and a deploy need no step for them.
translations: .venv/.test-installed
	$(BIN)/python -m scripts.translations

.venv/bin/python:
	$(PYTHON) -m venv --clear .venv || { rm -rf .venv; exit 1; }

# The marks hold a copy of what was installed: an unchanged list is not installed again, so both work offline.
.venv/.demo-installed: requirements.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.test-installed: requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/.demo-installed

# The long form of the chaos suite: hours. Fewer orders: make chaos CHAOS_ORDERS=100; the same again: CHAOS_SEED=<printed>.
chaos: .venv/.test-installed
	@scripts/system-packages
	CHAOS_ORDERS=$(or $(CHAOS_ORDERS),1000) CHAOS_MIXTURES=$(or $(CHAOS_MIXTURES),10) $(BIN)/pytest -s tests/chaos

# Each call of each case failing, working unseen, or done twice; `make test` draws a few a case. Half an hour.
bad-days: .venv/.test-installed
	BAD_DAYS=all $(BIN)/pytest -n 2 tests/sync/test_cancel_matrix.py tests/sync/test_shipping_bad_days.py

# Each measure beside its floor: make benchmarks BENCHMARKS="intake drain"
benchmarks: .venv/.test-installed
	$(BIN)/python -m benchmarks $(BENCHMARKS)

clean:
	rm -rf .venv .demo instance
