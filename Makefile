# Two commands on a fresh machine with Python 3.11+ and git: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test check lint types arrows crash fuzz bench lock clean

demo: $(READY)
	$(BIN)/thetagate demo

test: $(READY)
	$(BIN)/python -m pytest -n 2

check: lint types arrows test

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

arrows: $(READY)
	$(BIN)/lint-imports

crash: $(READY)
	$(BIN)/python -m pytest -m crash

fuzz: $(READY)
	$(BIN)/python -m pytest -m fuzz --hypothesis-profile=searching

bench: $(READY)
	$(BIN)/python -m bench

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv build dist

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("thetagate needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo "compiling the kernels, once"
	$(BIN)/python -m tools.pricing
	$(BIN)/python -m tools.backtest
	touch $(READY)
