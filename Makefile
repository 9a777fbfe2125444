# Developers' chores. Users need only ./standplaats demo and ./standplaats test.
PY := .venv/bin/python

.PHONY: lint bench fuzz docs lock fresh clean

lint:
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports
	$(PY) -m pytest -q tests/docs

# Load and measurement as ratios against plain tools, in one run.
bench:
	$(PY) -m benchmarks

# Requests made up from the description of the service, many more than in the tests and others each time (long).
fuzz:
	STANDPLAATS_TEST_FUZZ=100 $(PY) -m pytest -q --timeout 0 tests/api/test_fuzz.py

# The pages of docs/ that follow from the code.
docs:
	$(PY) docs/make.py

# Both commands of the README in a bare Debian root, as root and as an ordinary user (root only, about 15 minutes).
fresh:
	scripts/fresh

COMPILE := .venv.lock/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-header --no-annotate -q

# The second lock is the part of the first that a server needs (Dockerfile).
lock:
	python3 -m venv .venv.lock && .venv.lock/bin/pip install -q uv
	$(COMPILE) --extra build --extra page --extra test -o requirements.lock
	$(COMPILE) --extra build -c requirements.lock -o requirements-run.lock
	rm -rf .venv.lock

clean:
	rm -rf .venv .venv.lock api/static api/web/node_modules build *.egg-info .mypy_cache .ruff_cache .pytest_cache \
	  .hypothesis .import_linter_cache
