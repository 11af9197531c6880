# `make` lists the targets. ARGS= is passed on to what a target runs, PYTHON= names the Python to build the environment with.
V := .venv
PY := $(V)/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check
LOCK := $(PY) -m uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help run setup test lint format bench soak dist dist-test deb lock clean frontend

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

run: $(V)/.run frontend ## start the chat and open the browser (make run ARGS="--port 5050")
	@exec $(V)/bin/chatapp $(ARGS)

setup: $(V)/.dev frontend ## set up everything for working on it

test: setup ## run every test, in a browser too (make test ARGS="-k retention")
	@CHATAPP_CHROMIUM="$$($(PY) packaging/browser.py)" && export CHATAPP_CHROMIUM \
	&& $(PY) packaging/frontend.py npm test --silent && $(PY) -m pytest --numprocesses 3 --dist worksteal $(ARGS)

lint: setup ## check style and types
	$(V)/bin/ruff check .
	$(V)/bin/ruff format --check .
	$(V)/bin/mypy
	$(V)/bin/pyright
	$(PY) packaging/frontend.py npm run --silent lint

format: $(V)/.dev ## put the Python sources in form
	$(V)/bin/ruff check --fix-only .
	$(V)/bin/ruff format .

bench: setup ## measure sends and fan-out (prints, never judges)
	@$(PY) -m tests.bench $(ARGS)

soak: setup ## kill the server under load, over and over (make soak ARGS="--kills 1000 --seed 2")
	@$(PY) -m tests.soak $(ARGS) && VIEWS_EXAMPLES=30 $(PY) -m pytest -q tests/integration/test_views.py

dist: setup ## build the program: dist/chatapp (one file), dist/chatapp-folder and an archive of it
	@$(PY) packaging/freeze.py

deb: $(V)/.dev ## make a Debian package of dist/chatapp-folder
	@$(PY) packaging/debian.py

dist-test: setup ## use what dist built as its people would, and on Debian its package
	@ls dist/chatapp_*.deb >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null || $(PY) packaging/debian.py
	@$(PY) packaging/selftest.py $(ARGS)

lock: $(V)/.dev ## refresh packaging/locks from pyproject.toml (ARGS=--upgrade for newer versions)
	$(LOCK) $(ARGS) pyproject.toml --group install --output-file packaging/locks/run.lock
	$(LOCK) $(ARGS) pyproject.toml --group dev --constraints packaging/locks/run.lock --output-file packaging/locks/dev.lock
	$(LOCK) $(ARGS) --group pyproject.toml:node --constraints packaging/locks/dev.lock --output-file packaging/locks/node.lock

clean: ## remove what was built; environment and node_modules stay
	rm -rf build dist chatapp/static .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find chatapp migrations packaging tests -name __pycache__ -prune -exec rm -rf {} +

frontend: $(V)/.run
	@$(PY) packaging/frontend.py build

# The environment, in two steps: what the chat itself needs, and on top of it what working on it needs.
$(V)/.run: packaging/locks/run.lock pyproject.toml
	@python=; for each in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11); do \
	  [ -n "$$python" ] || ! "$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || python=$$each; done; \
	if [ -z "$$python" ]; then echo "Python 3.11 or newer is needed and was not found." >&2; exit 1; fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$python has no venv module. Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; fi; \
	echo "Setting up $(V) with $$("$$python" --version) ..." && "$$python" -m venv $(V)
	@$(PIP) --require-hashes -r packaging/locks/run.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(V)/.dev: $(V)/.run packaging/locks/dev.lock
	@echo "Installing the tools for tests and checks ..."
	@$(PIP) --require-hashes -r packaging/locks/dev.lock
	@touch $@
