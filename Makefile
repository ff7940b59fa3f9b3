# `make help` lists what can be made. Needs Python 3.11 or newer, with venv, and nothing else.
.DEFAULT_GOAL := help
.PHONY: help run test check bench requirements assets messages faces-fast clean

PYTHON ?= python3
UV_VERSION := 0.13.9
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := true
export DJANGO_SETTINGS_MODULE := sala.web.settings
# Where this is set, each process compiles the house and its libraries anew, and tests start many.
unexport PYTHONDONTWRITEBYTECODE

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.run  ## Start everything on http://127.0.0.1:8000 (SALA_PORT, SALA_DATA, DATABASE_URL, EMAIL_URL)
	@exec .venv/bin/sala run

test: .venv/.dev  ## Run every test (TESTS=tests/kit for some of them)
	@.venv/bin/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(TESTS)

check: .venv/.dev  ## Style, types, storeys, migrations, words, generated files, declarations
	@tools/check

bench: .venv/.dev  ## Measure, beside the limit of the machine (docs/performance.md)
	@.venv/bin/python -m benchmarks

requirements: .venv/.dev  ## Which sentences of the mission no test proves yet
	@.venv/bin/python tools/requirements.py

messages: .venv/.dev  ## Gather the words of the pages into each room's django.po, and compile them
	@.venv/bin/python tools/messages.py extract
	@.venv/bin/python tools/messages.py compile

assets:  ## Build style and script anew (needs node; what it builds is committed)
	@cd assets && npm ci && node build.js

# In place of the wheel, whose network takes ten times as long without BLAS. The wheel stays until this one is built.
faces-fast: .venv/.run  ## Build dlib with OpenBLAS into .venv (needs a C++ compiler, cmake, libopenblas-dev; minutes)
	@set -e; version=$$(.venv/bin/python -c 'import dlib; print(dlib.__version__)'); \
	.venv/bin/python -m pip wheel --quiet --no-deps --no-cache-dir --no-binary dlib --wheel-dir var/wheels "dlib==$$version"; \
	.venv/bin/python -m pip uninstall --quiet --yes dlib-bin dlib; \
	.venv/bin/python -m pip install --quiet --no-deps --no-index --find-links var/wheels "dlib==$$version"
	@.venv/bin/python -c 'from sala.identity.faces.engines import chosen; print(chosen("dlib").uses)'

clean:  ## Throw away what was installed and compiled; the state in var/ stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find sala -name '*.mo' -delete

# What runs needs, and what testing needs besides. Made anew only when the lock file has changed.
.venv/.run: uv.lock pyproject.toml | .venv/bin/uv
	@.venv/bin/uv sync --quiet --frozen --inexact --no-dev
	@touch $@

.venv/.dev: uv.lock pyproject.toml | .venv/bin/uv
	@.venv/bin/uv sync --quiet --frozen --inexact
	@touch $@ .venv/.run

.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Sala needs Python 3.11 or newer; this is %s. Name another with: make PYTHON=python3.12 …" % sys.version.split()[0])'
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
	@echo "Installing into .venv …"
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
