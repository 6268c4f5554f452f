# The one command file. `make demo` and `make test` need git, make and Python >= 3.11 with venv, nothing else.
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
BIN := .venv/bin
PYTEST_ARGS ?=

.PHONY: install install-train demo serve test check bench lock clean
.DEFAULT_GOAL := install

.uv/bin/uv:
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check uv

# The stamp is older than the lock only when something has to be installed.
.venv/.installed: requirements/dev.txt pyproject.toml | $(filter .uv/bin/uv,$(UV))
	test -x $(BIN)/python || $(UV) venv --quiet --python $(PYTHON) .venv
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps -e .
	touch $@

install: .venv/.installed  ## make .venv with the locked packages and this project

install-train: install  ## torch and what else `baqylau model train` and `export` need, about 3 GB
	$(UV) pip install --quiet --python $(BIN)/python --require-hashes -r requirements/train.txt

demo: install  ## a small invented world on loopback, crawled and judged: http://127.0.0.1:8000
	$(BIN)/baqylau up --demo

serve: install  ## the pages and the API over what was collected, without crawling
	$(BIN)/baqylau serve

test: install  ## every test; one that needs a missing program skips and names it
	$(BIN)/pytest $(PYTEST_ARGS)

check: install  ## style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install  ## ratios against a named baseline in the same run, written to benchmarks/README.md
	$(BIN)/python -m benchmarks

lock: | $(filter .uv/bin/uv,$(UV))  ## resolve again and write the hash-locked requirements
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --output-file requirements/run.txt pyproject.toml
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --group dev --output-file requirements/dev.txt pyproject.toml
	$(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --group dev --group train --output-file requirements/train.txt pyproject.toml

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache
