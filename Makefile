# One command to try it, one to test it.  Needs only a Python from 3.11: `make PYTHON=/path/to/python3 demo` names it.
#
#   make demo     try the tool on the bundled corpus
#   make test     run the tests (`make test ARGS="-k journal"` passes options to pytest)
#   make check    format, lint, types, layers, file lengths, corpus
#   make bench    measure speed
#   make fuzz      read damaged files for FUZZ_SECONDS (600) a target; `make fuzz ARGS="brat settings"` names some
#   make matrix   run the tests on every CPython from 3.11 that is installed
#   make pins     renew the pinned dependencies
#   make clean    remove what these have made
.POSIX:
.PHONY: demo test check format lint types layers lengths corpus bench fuzz matrix pins clean run-env dev-env

PYTHON =
ARGS =
RUN = .venv
DEV = .venv-dev
UV = uv
SHORT = 400

demo: run-env
	@$(RUN)/bin/annotator demo

test: dev-env
	$(DEV)/bin/python -m pytest -n 2 --dist worksteal --cov --cov-report= $(ARGS)
	@if [ -z "$(ARGS)" ]; then $(DEV)/bin/python .ci/coverage_gate.py; fi

check: format lint types layers lengths corpus

format: dev-env
	$(DEV)/bin/ruff format --check .

lint: dev-env
	$(DEV)/bin/ruff check .

types: dev-env
	$(DEV)/bin/mypy

layers: dev-env
	$(DEV)/bin/lint-imports --no-logo

lengths:
	@find annotator -name '*.py' -exec wc -l {} + | awk \
	'$$2 != "total" && $$1 > $(SHORT) { print $$2 " has " $$1 " lines; $(SHORT) are the limit"; bad = 1 } END { exit bad }'

corpus: dev-env
	$(DEV)/bin/python corpus/build.py --check

bench: dev-env
	$(DEV)/bin/python -m benchmarks $(ARGS)

fuzz: dev-env
	@PYTHONPATH=.:tests $(DEV)/bin/python tests/fuzzing.py $(ARGS)

matrix: dev-env
	$(DEV)/bin/python .ci/matrix.py $(ARGS)

pins:
	sh .ci/pins.sh $(UV)

clean:
	@for folder in $(RUN) $(DEV); do if [ -f $$folder/made-by-make ]; then rm -rf $$folder; fi; done
	rm -rf .matrix build dist htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis \
	.import_linter_cache snapshot_report.html
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

run-env:
	@PYTHON="$(PYTHON)" sh .ci/env.sh $(RUN) .ci/pins-run.txt

dev-env:
	@PYTHON="$(PYTHON)" sh .ci/env.sh $(DEV) .ci/pins-dev.txt
