# The casebook from a clone: GNU make and a POSIX shell. `make` alone lists the targets.
# Windows, or no make: docs/how-to/install.md.

PYTHON ?= python3
CASES  ?= timex ibm_apple donnelly
# More for pytest: `make test PYTEST_ARGS="-k lab"`. One after the other: `make test WORKERS=0`.
PYTEST_ARGS ?=
WORKERS     ?= auto
# The long tests run one after the other: two browsers at a time would disturb each other's timing.
LONG_TESTS  ?= slow or browser

BIN   := .venv/bin
READY := .venv/.ready
FULL  := .venv/.full

.DEFAULT_GOAL := help
.PHONY: help setup report lint test check notebooks constraints clean
.DELETE_ON_ERROR:

help: ## this list
	@echo 'Usage: make TARGET'
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  \1|\2/p' Makefile | while IFS='|' read -r name text; do \
	    printf '%-14s %s\n' "$$name" "$$text"; done

setup: $(READY) ## the environment in .venv, with everything the tests need

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys' 2>/dev/null || { \
	    echo "make: there is no '$(PYTHON)' here. Install Python 3.11 or newer, or name yours: make setup PYTHON=python3.12" >&2; \
	    exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "make: '$(PYTHON)' is $$($(PYTHON) --version 2>&1); 3.11 or newer is needed. Name another one: make setup PYTHON=python3.12" >&2; \
	    exit 1; }
	@if command -v uv >/dev/null 2>&1; then \
	    echo 'Setting up .venv with uv ...'; \
	    { [ -x $(BIN)/python ] || uv venv -q --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" .venv; } && \
	    uv pip install -q --python $(BIN)/python -c constraints.txt -e '.[dev]'; \
	else \
	    $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	        echo "make: '$(PYTHON)' lacks the venv module; on Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }; \
	    echo 'Setting up .venv with pip, a few minutes the first time ...'; \
	    $(PYTHON) -m venv .venv && \
	    $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'; \
	fi
	@touch $(READY)
	@echo 'Ready. Next: make report, or .venv/bin/casebook lab'

# What `make check` needs besides: the cluster, object stores, and the libraries that tests compare with.
$(FULL): $(READY)
	@if command -v uv >/dev/null 2>&1; then \
	    uv pip install -q --python $(BIN)/python -c constraints.txt -e '.[dev,cluster,s3,grading,peers]'; \
	else \
	    $(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev,cluster,s3,grading,peers]'; \
	fi
	@touch $(FULL)

report: setup ## the case reports, in build/reports/
	@for case in $(CASES); do \
	    $(BIN)/casebook report "$$case" -o "build/reports/$$case" || exit $$?; done

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint ## the quick checks: ruff, mypy, import rules, and the tests that need no browser (minutes)
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile -m "not slow and not browser" $(PYTEST_ARGS)

check: $(FULL) test ## everything: also peers, clusters, fresh installs and JupyterLab in a browser
	$(BIN)/python -m pytest -q -m "$(LONG_TESTS)" $(PYTEST_ARGS)

notebooks: setup ## run the notebooks and store their outputs, ready for git
	$(BIN)/python tools/execute_notebooks.py
	$(BIN)/python tools/write_citations.py

# An existing pin stays as long as it serves; UPGRADE=--upgrade takes the newest of everything.
UPGRADE ?=
constraints: ## constraints.txt again, after a change in pyproject.toml
	@mkdir -p build
	@command -v uv >/dev/null 2>&1 || [ -x build/uv/bin/uv ] || { \
	    $(PYTHON) -m venv build/uv && build/uv/bin/python -m pip install -q --disable-pip-version-check uv; }
	@cp constraints.txt build/constraints.txt
	@PATH="$$PATH:$(CURDIR)/build/uv/bin" env -u UV_CONSTRAINT -u UV_OVERRIDE uv pip compile -q --no-config \
	    pyproject.toml --universal --python-version 3.11 --all-extras $(UPGRADE) \
	    --no-emit-index-url --no-emit-find-links --no-annotate --no-header -o build/constraints.txt
	@{ echo '# One pin for everything the project needs, extras included, for Python 3.11 to 3.14 on every system.'; \
	   echo '# Made by `make constraints` from pyproject.toml; do not edit. Use: pip install -c constraints.txt -e .'; \
	   grep -v '^#' build/constraints.txt; } > build/constraints.new
	@mv build/constraints.new constraints.txt
	@echo 'constraints.txt is up to date'

clean: ## what the targets above have made, but not .venv
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find alliance_analysis tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
