# Everything starts from Python 3.11 with venv and pip; each target sets up what it needs.
PYTHON ?= python3.11
ifeq ($(shell command -v $(PYTHON) 2>/dev/null),)
PYTHON := python3
endif
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CODE := airflow_provider_circle benchmarks dags_examples docs tests tools

.PHONY: demo test unit integration browser matrix lowest mutants bench scale chaos docs lint dist format clean

demo: $(READY)  ## The example DAG on a real Airflow against the sandbox; KEEP=1 leaves Airflow up.
	@KEEP=$(KEEP) $(BIN)/python -m tools.demo

# What shares an Airflow goes one after the other, beside everything else (tests/conftest.py).
test: $(READY)  ## Unit, contract, browser and integration tests; COVERAGE=1 fails below the goals for what they run.
	$(BIN)/python -m pytest -n auto $(if $(COVERAGE),--cov --cov-report=) $(ARGS)
	$(if $(COVERAGE),$(BIN)/python -m tools.coverage_goals)

unit: $(READY)  ## The tests that need no Airflow of their own.
	$(BIN)/python -m pytest tests/unit tests/contract $(ARGS)

integration: $(READY)  ## The tests on a real Airflow.
	$(BIN)/python -m pytest tests/integration $(ARGS)

browser: $(READY)  ## Airflow's UI in a real browser, and its pictures for the docs; needs chromium, or CHROMIUM=<path>.
	PICTURES=docs/pictures $(BIN)/python -m pytest tests/browser $(ARGS)

matrix: $(READY)  ## All supported releases of Airflow, each run for real; ARGS='2.11.2 3.3.2' for some.
	@$(BIN)/python -m tools.matrix $(ARGS)

lowest: $(READY)  ## The lowest versions that setup.cfg allows.
	@$(BIN)/python -m tools.matrix --lowest $(ARGS)

mutants: $(READY)  ## Would a test fail if the code were wrong? ONLY=core/retry.py for one module; takes long.
	$(BIN)/uv pip install --quiet --python $(BIN)/python -e '.[mutation]'
	$(BIN)/python -m tools.mutants $(ONLY) $(ARGS)

bench: $(READY)  ## Speeds beside those of named peers; SHORT=1 for less.
	$(BIN)/python -m benchmarks $(if $(SHORT),--short) $(ARGS)

scale: $(READY)  ## Thousands of waits and pulls on PostgreSQL, Celery and Redis; ARGS='--waits 200 --pulls 20' for less.
	$(BIN)/uv pip install --quiet --python $(BIN)/python -e '.[scale]'
	$(BIN)/python -m tools.scale $(ARGS)

chaos: $(READY)  ## Tasks of every kind while everything fails at random: SEED=1 MINUTES=10.
	$(BIN)/python -m tools.chaos --seed $(or $(SEED),1) --minutes $(or $(MINUTES),10) $(ARGS)

docs: $(READY)  ## The documentation, in build/docs; whatever Sphinx has to say is an error.
	AIRFLOW_HOME=$(CURDIR)/build/airflow $(BIN)/python -m sphinx -b html -n -W --keep-going -d build/doctrees docs build/docs

lint: $(READY)  ## Style, types, dependencies, the source archive, and the wheel in an empty environment.
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/python -m tools.check_dependencies
	$(BIN)/python -m tools.check_wheel

dist: $(READY)  ## What a release uploads, built and checked.
	rm -rf dist
	$(BIN)/python -m tools.check_wheel --keep dist

format: $(READY)
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

clean:
	rm -rf $(VENV) .venv-matrix .coverage* .bench .chaos .demo .mutants .scale build dist *.egg-info .mypy_cache \
	  .ruff_cache .pytest_cache

$(READY): setup.cfg pyproject.toml
	@$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer is needed"'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -e '.[lint]'
	@touch $@
