# Two commands on a fresh machine with Python 3.11+ and git: `make demo` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: demo test check lint types arrows crash fuzz soak mutants bench eval serve-demo lock clean backtest-demo

demo: $(READY)
	$(BIN)/thetagate demo

# Twenty simulated years on one page; the window is a parameter: make backtest-demo FROM=2007-01-03 TO=2009-12-31
FROM ?= 1999-06-01
TO ?= 2018-12-31
SYMBOLS ?= SPY,QQQ,IWM,XSP
PAGE ?= backtest-demo.html
EVAL_PAGE ?= eval-report.html

backtest-demo: $(READY)
	$(BIN)/thetagate backtest --book primary --book income_pop --book cash_secured_put --book covered_call \
	  --book index_put --data past --symbols $(SYMBOLS) --holdings SPY=500 \
	  --from $(FROM) --to $(TO) --html $(PAGE)

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

# A trade from its card in Slack to its assignment, at loopback peers, killed twice on the way
serve-demo: $(READY)
	$(BIN)/python -m tests.demo.desk_day

crash: $(READY)
	$(BIN)/python -m pytest -m crash -n 2

fuzz: $(READY)
	$(BIN)/python -m pytest -m fuzz --hypothesis-profile=searching

soak: $(READY)
	$(BIN)/python -m pytest -m soak --timeout 1800

mutants: $(READY)
	$(BIN)/python -m pytest -m mutants -n 2

# Every recording replayed with the network closed, held against evals/baseline.json; exit 6 where it is worse
eval: $(READY)
	$(BIN)/thetagate eval run --html $(EVAL_PAGE) --open

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
