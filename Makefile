# Zoetrope. On a machine with nothing but Python 3.11 or newer:  make run
#
# make run     open the window            make run ARGS="nms --step 4"
# make test    run every test             make test ARGS="tests/engine -k nms"
# make lint    style, types, directions   make format   tidy the code
# make bench   measure speed              make lock     take newer versions
# make clean   remove .venv and caches
#
# Each first installs what it needs; see bootstrap.py. PYTHON is what .venv is made from, and
# TORCH_INDEX where torch comes from. Linux without a GPU, to save gigabytes:
#   make run TORCH_INDEX=https://download.pytorch.org/whl/cpu

PYTHON ?= python3
VENV_PYTHON := .venv/bin/python
BOOTSTRAP := $(shell test -x $(VENV_PYTHON) && echo $(VENV_PYTHON) || echo $(PYTHON)) -IS bootstrap.py

.PHONY: help run test lint format bench lock clean

help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

run:
	@$(BOOTSTRAP) run
	@$(VENV_PYTHON) main.py $(ARGS)

# Status 5: ARGS chose no test of that kind, which is well if it chose one of the other.
# As many processes as cores, but four at most (each holds torch), and one thread in each.
test:
	@$(BOOTSTRAP) test
	@QT_QPA_PLATFORM=offscreen OMP_NUM_THREADS=1 \
		$(VENV_PYTHON) -m pytest -n auto --maxprocesses 4 $(ARGS); offscreen=$$?; \
	QT_QPA_PLATFORM=xcb xvfb-run -a -s "-screen 0 1600x1000x24" \
		$(VENV_PYTHON) -m pytest $(ARGS) -m xvfb; window=$$?; \
	case $$offscreen,$$window in 0,0|0,5|5,0) ;; *) exit 1 ;; esac

lint:
	@$(BOOTSTRAP) test
	$(VENV_PYTHON) -m ruff check
	$(VENV_PYTHON) -m ruff format --check
	$(VENV_PYTHON) -m mypy
	.venv/bin/lint-imports --no-logo

format:
	@$(BOOTSTRAP) test
	$(VENV_PYTHON) -m ruff check --fix
	$(VENV_PYTHON) -m ruff format

bench:
	@$(BOOTSTRAP) test
	@$(VENV_PYTHON) -m tests.bench $(ARGS)

lock:
	@$(BOOTSTRAP) run
	$(VENV_PYTHON) bootstrap.py lock

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
