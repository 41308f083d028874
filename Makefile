# `make` alone lists the targets.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
DEMO_OPENROUTER_PORT ?= 9400
DEMO_MCP_PORT ?= 9500
# One more than there are processors: browser tests wait a good part of their time.
TEST_PROCESSES ?= $(shell $(PYTHON) -c 'import os; print(min(9, (os.cpu_count() or 1) + 1))')

# Where this is set, each of the hundred processes that the tests start would compile the project for itself.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run demo smoke test test-slow check lint types templates migrations deploy-check bench format messages requirements clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 18

# --- Use it ---------------------------------------------------------------------------------------

run: .venv/production build/static.stamp ## serve the site on http://localhost:8000 against openrouter.ai
	@exec $(BIN)/python -m webapp

demo: .venv/production build/static.stamp ## the whole product against a stand-in: no account, no network
	@$(BIN)/python -m tests.standin --port $(DEMO_OPENROUTER_PORT) & openrouter=$$!; \
	$(BIN)/python -m tests.mcp_server --port $(DEMO_MCP_PORT) & trap "kill $$openrouter $$!" EXIT INT TERM; \
	export DATABASE_URL= SECRET_KEY= ENCRYPTION_KEYS= WEB_CONCURRENCY= DEFAULT_MODEL= HOST=; \
	export OPENROUTER_URL=http://127.0.0.1:$(DEMO_OPENROUTER_PORT) DATA_DIR=build/demo PUBLIC_URL=http://localhost:$(PORT) PORT=$(PORT); \
	export MCP_ALLOWED_HOSTS=127.0.0.1:$(DEMO_MCP_PORT); \
	$(BIN)/python -m webapp

# --- Work on it -----------------------------------------------------------------------------------

smoke: .venv/development build/static.stamp ## half a minute: sign in, send, stream, image, stop in a real browser
	@$(BIN)/python -m tests.browser.chromium
	@$(BIN)/python -m pytest --quiet -m smoke $(shell grep -rl --include 'test_*.py' 'mark\.smoke' tests) $(PYTEST)

test: .venv/development build/static.stamp ## everything: unit, view, browser and PostgreSQL tests
	@$(BIN)/python -m tests.browser.chromium
	@$(BIN)/python -W error::SyntaxWarning -m pytest --numprocesses $(TEST_PROCESSES) --dist worksteal $(PYTEST)

test-slow: .venv/development build/static.stamp ## the browser tests again, as over a slow connection
	@$(BIN)/python -m tests.browser.chromium
	@SLOW_SITE=yes $(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist worksteal tests/browser $(PYTEST)

check: lint types templates migrations deploy-check test ## what CI runs

lint: .venv/development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/development
	$(BIN)/mypy

templates: .venv/development
	git ls-files -z 'templates/*.html' | xargs -0 $(BIN)/djade --check --target-version 5.2
	$(BIN)/python -m pytest --quiet tests/test_templates.py

migrations: .venv/development
	DATA_DIR=build/check $(BIN)/python manage.py makemigrations --check --dry-run

deploy-check: .venv/development build/static.stamp
	DATA_DIR=build/check PUBLIC_URL=https://chat.example.org $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: .venv/development build/static.stamp ## measure, as ratios against references in the same run (ONLY=streams: just that)
	@$(BIN)/python -m tests.bench $(ONLY)

format: .venv/development ## put code and templates in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	git ls-files -z 'templates/*.html' | xargs -0 $(BIN)/djade --target-version 5.2

messages: .venv/production ## gather all words for a translator: make messages LOCALE=de (needs GNU gettext)
	@DATA_DIR=build/check $(BIN)/python manage.py makemessages --locale $(or $(LOCALE),$(error say which language, as in LOCALE=de)) \
		--ignore 'build/*' --ignore 'data/*' --ignore 'tests/*'

requirements: .venv/development ## pin the newest allowed versions
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
		--custom-compile-command "make requirements" pyproject.toml --output-file requirements/production.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
		--custom-compile-command "make requirements" pyproject.toml --group development \
		--constraint requirements/production.txt --output-file requirements/development.txt

clean: ## remove what was built; data stays
	rm -rf .venv build

# --- Steps, done again when what they depend on has changed -----------------------------------------

# pip is the last thing that comes into it: without, it was never finished, and is made again from the start.
.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Potluck needs Python 3.11 or newer; set PYTHON=/path/to/python")'
	@$(PYTHON) -m venv --clear .venv || { rm -rf .venv; echo "Python's venv module is missing (on Debian: apt install python3-venv)."; exit 1; }

.venv/production: requirements/production.txt | .venv/bin/pip
	@echo "Installing..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/development: requirements/development.txt | .venv/bin/pip
	@echo "Installing..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@ .venv/production

build/static.stamp: $(shell find static -type f) webapp/staticfiles.py | .venv/production
	@DATA_DIR=build/check $(BIN)/python manage.py collectstatic --no-input --verbosity 0
	@touch $@
