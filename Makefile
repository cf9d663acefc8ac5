# Two commands do everything on a bare Debian with Python 3.11: `make run` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
JOBS   ?= 4
ARGS   ?=
KILLS  ?= 500
# Other numbers of kills come with the suite's own fuzzing.
LONG   := $(if $(filter 500,$(KILLS)),1,)

# Compiled modules are kept whatever the shell says: some hundred processes that the tests start would compile them anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup packages run test lint bench bench-short torture docs strings screenshots site mutants pins release lab-air lab-mips lab-pallet lab-fleet lab-spark lab-bare clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(STAMP)  ## make .venv with everything the other targets use

$(STAMP): pyproject.toml tools/setup/venv
	@tools/setup/venv $(PYTHON) $(VENV)
	@touch $@

packages:
	@tools/setup/test-packages

run: setup  ## broker + collector + sensor + page; ARGS="--once --json --capture FILE" and the like
	@$(BIN)/footfall run $(ARGS)

test:  ## install what the tests need (as root or by sudo), then lint, types and all tests
	@$(MAKE) -j2 --no-print-directory setup packages
	@# The tests' assertions are compiled once, beside the linters, and not by each of the processes that run them.
	@$(BIN)/pytest --collect-only -qq >/dev/null 2>&1 & compiled=$$!; rc=0; \
	{ $(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/lint-imports --no-cache; } || rc=1; \
	wait $$compiled; exit $$rc
	@types=$$(mktemp); $(BIN)/mypy >"$$types" 2>&1 & mypy=$$!; rc=0; \
	$(BIN)/pytest -n $(JOBS) --dist worksteal $(ARGS) || rc=1; \
	wait $$mypy || rc=1; cat "$$types"; rm -f "$$types"; exit $$rc

lint: setup  ## ruff, mypy, and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

bench: setup  ## every benchmark against its peers; keeps a dated file in docs/benchmarks, says what became worse
	@$(BIN)/footfall bench all --keep docs/benchmarks $(ARGS)

bench-short: setup  ## those that take seconds; fails where a ratio is far off its promise, never for a time
	@$(BIN)/footfall bench all --short --check $(ARGS)

torture: setup  ## fuzzing, kills, crash points and faults; KILLS=20 is the short form; the last line is JSON
	@tools/setup/test-packages
	@rc=0; FOOTFALL_TORTURE=$(LONG) $(BIN)/pytest --timeout 3600 tests/torture/test_fuzz.py tests/torture/test_bombs.py \
		|| rc=1; \
	$(BIN)/python -m tools.torture --kills $(KILLS) --json $(ARGS) || rc=1; exit $$rc

docs: setup  ## write the documents that are made from the code
	@$(BIN)/python -m tools.docs

strings: setup  ## bring the pages' catalogues up to date with their texts; then translate what is empty in locale/*/*.po
	@$(BIN)/python -m tools.strings

site: setup  ## docs/ as a small site in build/site, every link looked at
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[site]'
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --config-file tools/site/mkdocs.yml
	@echo "open build/site/index.html"

mutants: setup  ## changes of the code that the tests are to notice, and those they do not; ARGS="frames --limit 50"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[mutants]'
	@$(BIN)/python -m tools.mutants $(ARGS)

pins: setup  ## the oldest and the newest versions that pyproject.toml allows, tested; ARGS=lowest is half of it
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --editable '.[pins]'
	@$(BIN)/python -m tools.pins $(ARGS)

screenshots: setup  ## pictures of every page, wide and as on a phone, into docs/screenshots
	@$(BIN)/python -m tools.browsing.screenshots $(ARGS)

lab-air: setup  ## phones and the sensor on a real kernel's Wi-Fi stack, emulated; ARGS=--short is quick; the last line is JSON
	@tools/lab/air/packages
	@$(BIN)/python -m tools.lab.air $(ARGS)

lab-mips: setup  ## Python and the sensor on an emulated MIPS 24Kc with 64 MB; half an hour at first; the last line is JSON
	@tools/lab/mips/packages
	@$(BIN)/python -m tools.lab.mips $(ARGS)

lab-pallet: setup  ## twenty fake units on emulated networks, five faulty, checked, flashed, verified; as root; the last line is JSON
	@tools/setup/test-packages
	@$(BIN)/python -m tools.lab.pallet $(ARGS)

lab-fleet: setup  ## 2,500 simulated sensors through mosquitto: an upgrade that some fail at, a site that goes down, a deaf unit; 25 minutes
	@tools/setup/test-packages
	@$(BIN)/python -m tools.lab.fleet $(ARGS)

lab-spark: setup  ## fold and report on a Spark master with two workers, against DuckDB; two minutes
	@FOOTFALL_LAB=1 $(BIN)/pytest -q tests/collector/storage/test_engines.py -k standalone $(ARGS)

lab-bare: setup  ## the two commands of the README on a Debian with nothing on it, in a folder; as root; the last line is JSON
	@$(BIN)/python -m tools.lab.bare $(ARGS)

release: setup  ## wheel, source, packages for units, bill of materials, licences, changes, sums into dist; made twice and compared
	@$(BIN)/python -m tools.release $(ARGS)

clean:  ## remove what the targets above made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
