# Developers' chores. Users need only ./standplaats demo and ./standplaats test.
PY := .venv/bin/python

.PHONY: lint lock clean

lint:
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports

lock:
	python3 -m venv .venv.lock-tools && .venv.lock-tools/bin/pip install -q uv
	.venv.lock-tools/bin/uv pip compile pyproject.toml --extra build --extra test --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o requirements.lock
	rm -rf .venv.lock-tools

clean:
	rm -rf .venv .venv.lock api/static build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
