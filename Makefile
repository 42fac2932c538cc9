# The one front door. Bare `make` lists what there is.
SHELL := /bin/bash
PY := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help setup demo test check fix types bench soak docs screens lock browser clean

help: ## list the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

WORDS := $(patsubst %.po,%.mo,$(wildcard src/shouyue/desk/*/locale/*/LC_MESSAGES/*.po))

setup: .venv/.ready $(WORDS) ## set up everything the desk needs

%.mo: %.po | .venv/.ready
	@.venv/bin/pybabel -q compile -i $< -o $@

.venv/.ready: lock/all.txt pyproject.toml deploy/bootstrap.py
	@python3 deploy/bootstrap.py
	@touch .venv/.ready

demo: setup ## start a lender's desk with people, loans and a borrower who types
	@.venv/bin/shouyue demo

test: setup browser ## everything CI runs: contracts, lint, types, tests on SQLite and PostgreSQL, browser
	@$(PY) deploy/test.py

check: setup ## contracts, lint and types only; changes nothing
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/lint-imports && .venv/bin/mypy

fix: setup ## repair what can be repaired
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

browser: setup
	@$(PY) deploy/browser.py

bench: setup ## measure speed; prints figures, asserts nothing
	@$(PY) -m bench

soak: setup ## long runs: kills, crashes, big logs
	@$(PY) -m bench.soak

docs: setup ## build the documentation site into site/
	@$(PY) docs/generate.py
	@.venv/bin/mkdocs build --strict

screens: setup browser ## make the screens in docs/ again
	@$(PY) docs/screens.py

lock: ## resolve dependencies again and write lock/
	@uv lock -q && uv export -q --frozen --no-emit-project --all-extras --all-groups --no-header -o lock/all.txt && uv export -q --frozen --no-emit-project --extra desk --no-default-groups --group build --no-header -o lock/desk.txt && sed -i '/^--/d' lock/all.txt lock/desk.txt

clean: ## remove what was built; keeps var/
	rm -rf .venv site dist .mypy_cache .ruff_cache .pytest_cache
