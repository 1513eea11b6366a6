# Everything runs in .venv, which these targets make and keep up to date by themselves.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: run test test-all bench bench-editor lint format clean

run: .venv/.run
	$(BIN)/python main.py $(ARGS)

test: .venv/.test chromium node_modules/.package-lock.json
	$(BIN)/python -m pytest $(ARGS)

test-all: .venv/.test chromium node_modules/.package-lock.json
	$(BIN)/python -m pytest -m '' $(ARGS)

bench: .venv/.run
	$(BIN)/python -m benchmarks $(ARGS)

bench-editor: .venv/.test chromium
	$(BIN)/python -m benchmarks.editor $(ARGS)

lint: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	npm install --no-audit --no-fund --silent && npm run --silent lint

format: .venv/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/.run: requirements.txt
	@echo 'Setting up .venv: the first time this takes some minutes and a few gigabytes.'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/.test: requirements-test.txt .venv/.run
	@echo 'Adding what the tests need.'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-test.txt
	touch $@

# The editor's tests drive a real browser: CHROMIUM, one on the PATH, or Debian's package.
.PHONY: chromium
chromium:
	@test -n "$$CHROMIUM" || command -v chromium chromium-browser google-chrome >/dev/null || \
	  { apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } || \
	  { echo "The editor's tests need Chromium: install it, or set CHROMIUM to its path." >&2; exit 1; }

# The editor's checks by axe-core; where there is no npm they are skipped.
node_modules/.package-lock.json: package-lock.json
	@! command -v npm >/dev/null || npm install --no-audit --no-fund --silent || \
	  echo 'npm could not fetch axe-core: its checks are skipped.'

clean:
	rm -rf .venv .pytest_cache .ruff_cache .mypy_cache .hypothesis node_modules
