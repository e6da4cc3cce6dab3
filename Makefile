# Set-up, gate and products of geosector. `make help` lists the targets for people.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test test-long agreement fuzz test-lowest bundle lock messages docs clean \
        python run dev debian bundle-linux

# Everything from Debian, listed once. Chromium shows the maps to the browser tests; a font lets
# it draw the page around them; Pango is what WeasyPrint sets text with, and poppler reads PDFs back;
# python3-venv is needed where Debian's own Python is used.
DEBIAN_PACKAGES := chromium fonts-dejavu-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0 \
  poppler-utils python3-venv

# Python 3.11 or newer, under whatever name it has here.
PYTHON := $(or $(PYTHON),$(shell for p in python3.11 python3 python3.13 python3.12 python; do \
  "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done))
BIN := .venv/bin
UV ?= $(BIN)/uv

# Names and files are UTF-8 on every system; nothing in the library relies on this.
export PYTHONUTF8 := 1

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: run  ## install into .venv/ and run the whole work on the sample town
	$(BIN)/geosector demo --out geosector-demo

# Coverage cannot see inside compiled kernels: the tests marked nojit run a first time with the
# compiler off, and the last run adds to the same coverage and judges it. Laws, pages in a browser
# and notebooks reach no line that the others do not, and are quicker without being watched.
# Tests run on every core, four at most: a worker with a browser takes up to 2 GB.
PARALLEL := --numprocesses auto --maxprocesses 4 --dist worksteal
UNWATCHED := tests/laws tests/products
test: debian dev  ## everything the gate runs, all set-up included
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	$(MAKE) bundle-linux
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -q -m "nojit and not long" tests \
	  $(PARALLEL) --cov --cov-report= --cov-fail-under=0
	$(BIN)/python -m pytest -m "not long" --nbmake $(UNWATCHED) $(wildcard notebooks/*.ipynb) \
	  $(PARALLEL)
	$(BIN)/python -m pytest -m "not long" tests geosector $(UNWATCHED:%=--ignore=%) \
	  $(PARALLEL) --cov --cov-append

test-long: debian dev  ## what takes minutes: long tests, a second browser, fuzzing, the lowest versions
	@sh tools/debian.sh firefox-esr
	$(BIN)/python -m pytest -m long tests
	$(MAKE) fuzz
	$(MAKE) test-lowest

# FUZZ_SECONDS=3600 gives every parser its hour. atheris comes as a wheel for Linux only.
FUZZ_SECONDS ?= 60
fuzz: dev  ## search for texts that break a parser (FUZZ_SECONDS each, default 60)
	$(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes --no-deps \
	  --requirement requirements/fuzz.txt
	$(BIN)/python -m tests.fuzz.run $(FUZZ_SECONDS)

# --only-binary: a lower bound without a wheel is not honest. openlocationcode is pure Python and
# published as source only. Warnings of old versions about themselves are not ours to fail on, and
# examples in docstrings show what the locked versions print.
test-lowest: dev  ## the tests with the oldest versions that pyproject.toml allows
	mkdir -p build
	$(UV) pip compile --quiet --resolution lowest-direct --python-version 3.11 \
	  --only-binary :all: --no-binary openlocationcode pyproject.toml --output-file build/lowest.txt
	$(UV) venv --quiet --clear --python $(BIN)/python build/lowest
	$(UV) pip install --quiet --python build/lowest/bin/python --requirements build/lowest.txt \
	  --constraints build/lowest.txt --group build --group test
	$(UV) pip install --quiet --python build/lowest/bin/python --no-deps --no-build-isolation \
	  --editable .
	build/lowest/bin/python -m pytest -m "not long and not browser" -W default tests

bundle: run  ## dist/bundle/: wheels for a USB stick (Linux and Windows, Python 3.11 to 3.13)
	$(BIN)/python tools/bundle.py all dist/bundle

# The proof needs this machine's wheels only.
bundle-linux: run
	$(BIN)/python tools/bundle.py here dist/bundle-linux
	$(BIN)/python tools/bundle.py prove dist/bundle-linux

# LOCK_FLAGS=--upgrade takes the newest versions; without it, only what must change changes.
LOCK := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(LOCK_FLAGS)
lock: dev  ## pin every dependency with hashes in requirements/ (LOCK_FLAGS=--upgrade for newest)
	$(LOCK) pyproject.toml --output-file requirements/run.txt
	$(LOCK) --group build --constraints requirements/run.txt --output-file requirements/build.txt
	$(LOCK) pyproject.toml --group dev --constraints requirements/run.txt \
	  --constraints requirements/build.txt --output-file requirements/dev.txt
	$(LOCK) --no-deps --group fuzz --output-file requirements/fuzz.txt
	$(LOCK) --no-deps --group testdata --output-file requirements/testdata.txt

agreement: dev  ## write the page on which native readers check nouns and numbers
	$(BIN)/python -m tools.agreement

# Babel knows Kurmanji as ku; the folder keeps the name that geosector uses everywhere.
CATALOGUES := ar:ar kmr:ku ckb:ckb
messages: dev  ## bring the sentences of the source into the catalogues for translators
	mkdir -p build
	$(BIN)/pybabel --quiet extract --project geosector --add-location file \
	  --copyright-holder "The geosector developers" --sort-output \
	  --no-default-keywords --keyword text --keyword plural:1,2 --keyword said \
	  --keyword counted:1,2 --output build/geosector.pot geosector
	@for pair in $(CATALOGUES); do \
	  folder=geosector/locales/$${pair%%:*}/LC_MESSAGES; mkdir -p $$folder; \
	  action=init; \
	  [ ! -f $$folder/geosector.po ] || action="update --ignore-pot-creation-date"; \
	  $(BIN)/pybabel --quiet $$action --no-wrap --locale $${pair##*:} \
	    --input-file build/geosector.pot --output-file $$folder/geosector.po || exit 1; \
	done

docs: dev  ## the documentation, in docs/_build/html
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html

clean:  ## remove everything that was made, .venv/ too
	rm -rf .venv build dist docs/_build docs/generated geosector-demo .coverage .mypy_cache \
	  .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# -- the parts of the above ---------------------------------------------------------------------
python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "geosector needs Python 3.11 or newer, and '$(PYTHON)' is not." \
	  "Install it, or name it: make demo PYTHON=/path/to/python3" >&2; exit 2; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null \
	  || sh tools/debian.sh $(filter python3-venv,$(DEBIAN_PACKAGES))

run: python
	@"$(PYTHON)" tools/environment.py run

dev: python
	@"$(PYTHON)" tools/environment.py dev

debian:
	@sh tools/debian.sh $(filter-out python3-venv,$(DEBIAN_PACKAGES))
