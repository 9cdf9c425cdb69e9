# Everything runs in a virtual environment of its own; see README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo test lint unit torture bench clean

help:
	@echo "make demo     set everything up, index sample_corpus and ask it questions"
	@echo "make test     set everything up and run every check"
	@echo "make lint     ruff, mypy --strict and the import rules alone"
	@echo "make unit     the tests alone"
	@echo "make torture  kill -9 at random moments of real indexing runs (minutes)"
	@echo "make bench    every benchmark of docs/benchmarks.md (an hour)"
	@echo "make clean    remove the virtual environment and the demo's index"

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("semsearch needs Python 3.11 or newer: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[audio,dev]'
	touch $(STAMP)

setup: $(STAMP)

demo: $(STAMP)
	@$(BIN)/python -m tests.demo

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(STAMP)
	$(BIN)/python -m pytest -n 2

test: lint unit

torture: $(STAMP)
	$(BIN)/python -m tests.crash.torture

bench: $(STAMP)
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf $(VENV) indexes/demo
