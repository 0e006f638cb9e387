# Two commands for a newcomer: `make demo` and `make test`. `make check` adds the static checks.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run
TEST := $(VENV)/.test

.PHONY: demo test check lock bench clean

demo: $(RUN)
	$(BIN)/risk demo

test: $(TEST)
	$(BIN)/python -m pytest

check: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/test_messages.py

bench: $(TEST)
	$(BIN)/python -m tests.benchmarks.figures

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Mingjian needs Python 3.11 or later; name one with: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUN): .requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@test -e $(TEST) || $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r .requirements/run.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(TEST): .requirements/test.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r .requirements/test.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(RUN)

# Needs uv; writes lock files with hashes and without the address of any index.
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q
lock:
	$(LOCK) -o .requirements/run.txt
	$(LOCK) --extra test -c .requirements/run.txt -o .requirements/test.txt

clean:
	rm -rf $(VENV) demo
