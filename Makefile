# Everything runs in a virtual environment of its own; see README.md.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH_STAMP := $(VENV)/.installed-bench
DIST_STAMP := $(VENV)/.installed-dist
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup demo test lint unit torture bench bench-quick dist clean

help:
	@echo "make demo     set everything up, index sample_corpus and ask it questions"
	@echo "make test     set everything up and run every check"
	@echo "make lint     ruff, mypy --strict and the import rules alone"
	@echo "make unit     the tests alone"
	@echo "make torture  kill -9 at random moments of real indexing runs (minutes)"
	@echo "make bench    every benchmark of docs/benchmarks.md, peers too (hours; goes on where it was stopped)"
	@echo "make bench-quick  semsearch beside its peers, the short columns (a quarter of an hour at most)"
	@echo "make dist     wheel and sdist, installed by pip, pipx and uv and tried (a quarter of an hour)"
	@echo "make clean    remove the virtual environment and the demo's index"

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("semsearch needs Python 3.11 or newer: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[all,dev]'
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

$(BENCH_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[bench]'
	touch $(BENCH_STAMP)

bench: $(BENCH_STAMP)
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python -m tests.benchmarks.peers

bench-quick: $(BENCH_STAMP)
	$(BIN)/python -m tests.benchmarks.peers --quick

$(DIST_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dist]'
	touch $(DIST_STAMP)

dist: $(DIST_STAMP)
	$(BIN)/python -m tests.packaging

clean:
	rm -rf $(VENV) indexes/demo
