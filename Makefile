# Two commands for a newcomer: `make demo` and `make test`. `make check` adds the static checks.
PYTHON ?= python3
# Tests at once; 0 runs them one after the other, in this process.
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run
TEST := $(VENV)/.test
VLLM := .venv-vllm

# Hundreds of tests start processes, which would each compile this package anew without it.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-vllm check lock bench clean

demo: $(RUN)
	$(BIN)/risk demo

test: $(TEST)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

# The reasoning back ends against the real vLLM, on the CPU; an environment of its own, 3 GB.
test-vllm: $(VLLM)/.ready
	$(VLLM)/bin/python -m pytest tests/vllm

check: $(TEST)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/test_messages.py

bench: $(TEST)
	$(BIN)/python -m tests.benchmarks.figures

define make-venv
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
  { echo "Mingjian needs Python 3.11 or later; name one with: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
$(PYTHON) -m venv --clear
endef

$(VENV)/bin/python:
	$(make-venv) $(VENV)

$(RUN): .requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@test -e $(TEST) || $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r .requirements/run.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Bytecode is written as modules are first imported: most never are, of vLLM's 25,000 files least.
$(TEST): .requirements/test.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-compile --require-hashes -r .requirements/test.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(RUN)

# torch has no hash: the build without CUDA is another file wherever it comes from. It is preferred
# where pip is shown one; elsewhere the CUDA build does as well, and takes several GB more.
VLLM_INSTALL := $(VLLM)/bin/python -m pip install -q --disable-pip-version-check --no-compile
$(VLLM)/.ready: .requirements/vllm.txt
	$(make-venv) $(VLLM)
	$(VLLM_INSTALL) --require-hashes --no-deps -r .requirements/vllm.txt
	$(VLLM_INSTALL) torch==2.13.0
	@touch $@

# Needs uv; writes lock files with hashes and without the address of any index.
LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -q
lock:
	$(LOCK) pyproject.toml --extra review -o .requirements/run.txt
	$(LOCK) pyproject.toml --extra test -c .requirements/run.txt -o .requirements/test.txt
	$(LOCK) .requirements/vllm.in --override .requirements/vllm-without.txt -o .requirements/vllm.txt

clean:
	rm -rf $(VENV) $(VLLM) demo
