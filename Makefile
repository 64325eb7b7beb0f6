# Doorline. The first two targets are all a newcomer needs: `make run` and `make test`.
#
#   make run          install into .venv and start the whole server with the demo community
#   make test         install what tests need, then the test suite, and that of the engine compiled
#   make demo         play a visit with devices that speak real SIP, print its timeline
#   make help         this list
#   make setup        only the virtual environment with `doorline` in .venv/bin, and the engine compiled
#   make native       compile the SIP engine (a minute; `make run` does it once by itself)
#   make wheel        a wheel with the compiled engine, in dist
#   make lint         ruff, mypy and the import rules
#   make cover        the test suite with branch coverage
#   make conformance  RFC torture messages and per-section cases
#   make fuzz         parsers under a coverage-guided fuzzer, a server under mutated messages
#   make properties   every property test, at length
#   make bench        measurements (docs/performance.md)
#   make docs         write docs/features.md again
#   make clean        remove .venv, .npm, caches and build products; ./var (the database) stays
#
# A Python of your own choice: make run PYTHON=/opt/python3.12/bin/python3
# More words for pytest:       make test ARGS="tests/directory -k landline"
# Without a compiled engine:   make run NATIVE=no

SHELL := bash
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?=
ARGS ?=
NATIVE ?= yes
CONFIG ?= configs/dev.toml
FUZZ_SECONDS ?= 60
FUZZ_INPUTS ?= 1000000
FUZZ_SEED ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Stamps: newer than the package metadata means nothing to install.
RUNTIME := $(VENV)/.installed
TESTING := $(VENV)/.installed-test
FUZZING := $(VENV)/.installed-fuzz

.PHONY: run test test-native demo help setup native native-once wheel lint cover conformance fuzz properties bench docs clean test-tools
.DEFAULT_GOAL := run

run: $(RUNTIME) native-once
	@exec $(BIN)/doorline serve --config $(CONFIG) --demo

# The comment at the top of this file.
help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' $(firstword $(MAKEFILE_LIST))

setup: $(RUNTIME) native-once
	@echo "doorline is in $(BIN)"

# Everything but the scenarios with the sources of the engine, then what concerns the engine with it
# compiled: the programs of others meet what people run.
test: $(TESTING) test-tools
	@DOORLINE_PURE=1 $(BIN)/pytest $(or $(ARGS),--ignore=tests/scenarios)
	@$(if $(ARGS),:,$(MAKE) --no-print-directory test-native)

test-native: $(TESTING) test-tools
	@$(MAKE) --no-print-directory native
	@$(BIN)/python -c "from sipcore.native import is_compiled; raise SystemExit(not is_compiled())"
	@$(BIN)/pytest $(or $(ARGS),$(ENGINE_TESTS))

demo: $(RUNTIME) native-once
	@$(BIN)/python -m tests.scenarios.apartment_visit

lint: $(TESTING)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

cover: $(TESTING) test-tools
	@DOORLINE_PURE=1 $(BIN)/coverage run -m pytest $(ARGS)
	@$(BIN)/coverage report

conformance: $(TESTING) test-tools
	@DOORLINE_PURE=1 $(BIN)/pytest tests/conformance $(ARGS)

# Seconds for each parser, messages for the server, and what makes a run the same again. The fuzzer
# looks into the sources: it would see nothing of compiled ones, nor would coverage. A server with the
# compiled engine, where there is one, gets as many messages as the other.
fuzz: $(FUZZING) native-once
	@DOORLINE_PURE=1 FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_INPUTS=$(FUZZ_INPUTS) FUZZ_SEED=$(FUZZ_SEED) \
		$(BIN)/python -m tests.fuzz
	@if $(BIN)/python -c 'from sipcore.native import is_compiled; raise SystemExit(not is_compiled())'; then \
	  echo "The same messages for the compiled engine ..."; \
	  FUZZ_SECONDS=0 FUZZ_INPUTS=$(FUZZ_INPUTS) FUZZ_SEED=$(FUZZ_SEED) $(BIN)/python -m tests.fuzz; \
	fi

properties: $(TESTING)
	@DOORLINE_PURE=1 $(BIN)/pytest -m hypothesis --hypothesis-profile=fuzz $(ARGS)

bench: $(RUNTIME) native-once
	@$(BIN)/python -m bench $(ARGS)

docs: $(TESTING)
	@$(BIN)/pytest -q --collect-only --features-to=docs/features.md tests > /dev/null
	@echo "docs/features.md written"

clean:
	rm -rf $(VENV) .npm build dist *.egg-info htmlcov .coverage* .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- the virtual environment -------------------------------------------------------------------

$(RUNTIME): $(BIN)/python setup.cfg pyproject.toml
	@$(BIN)/python -m pip --version > /dev/null 2>&1 || $(BIN)/python -m ensurepip --upgrade > /dev/null
	@echo "Installing Doorline into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(TESTING): $(RUNTIME)
	@echo "Installing what tests and lint need into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@

$(FUZZING): $(TESTING)
	@echo "Installing the fuzzer into $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --editable '.[test,fuzz]'
	@touch $@

# The newest Python that is at least 3.11 and can make virtual environments.
$(BIN)/python:
	@set -e; without_venv=; \
	for candidate in $(if $(PYTHON),$(PYTHON),python3.13 python3.12 python3.11 python3); do \
	  "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' > /dev/null 2>&1 || continue; \
	  if ! "$$candidate" -c 'import venv, ensurepip' > /dev/null 2>&1; then \
	    without_venv="$$without_venv $$candidate"; continue; \
	  fi; \
	  echo "Making $(VENV) with $$("$$candidate" --version) ..."; \
	  "$$candidate" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }; \
	  exit 0; \
	done; \
	if [ -n "$$without_venv" ]; then \
	  echo "Found$$without_venv, but without the venv module that makes virtual environments." >&2; \
	  echo "On Debian or Ubuntu: sudo apt-get install python3-venv" >&2; \
	else \
	  echo "Doorline needs Python 3.11 or newer; looked for $(if $(PYTHON),$(PYTHON),python3.13 python3.12 python3.11 python3)." >&2; \
	  echo "On Debian 12 or newer: sudo apt-get install python3 python3-venv" >&2; \
	  echo "Or name one yourself: make $(firstword $(MAKECMDGOALS) run) PYTHON=/path/to/python3" >&2; \
	fi; \
	exit 1

# --- the compiled engine ---------------------------------------------------------------------------
#
# mypyc makes C of the pure packages of sipcore, and Cython of the few .pyx files beside them; the C
# compiler of the machine makes modules of it, and
# sipcore/native.py finds them in build/native as long as they are those of the sources. Python runs
# the sources where there is no compiler, and after a change until `make native`.

ENGINE_TESTS := tests/sipcore tests/conformance tests/fuzz tests/integration tests/scenarios
COMPILED := build/native/manifest.json
CAN_COMPILE = { command -v cc || command -v gcc; } > /dev/null \
	&& $(BIN)/python -c 'import os, sysconfig; \
	raise SystemExit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'

native: $(RUNTIME)
	@$(CAN_COMPILE) || { echo "Compiling needs a C compiler and the headers of Python." >&2; \
	  echo "On Debian or Ubuntu: sudo apt-get install gcc libc6-dev python3-dev" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --editable '.[native]'
	@rm -rf build/native && mkdir -p build
	@echo "Compiling the SIP engine: a minute or two ..."
	@DOORLINE_NATIVE=1 $(BIN)/python setup.py --quiet build_ext \
	  --build-lib build/native --build-temp build/temp > build/compile.log 2>&1 \
	  || { tail -n 20 build/compile.log >&2; exit 1; }
	@$(BIN)/python -c 'from pathlib import Path; from sipcore.native import write_manifest; \
	write_manifest(Path("build/native"))'

native-once:
	@if [ "$(NATIVE)" = no ]; then exit 0; fi; \
	if [ -e $(COMPILED) ]; then \
	  $(BIN)/python -c 'from sipcore.native import is_compiled; raise SystemExit(not is_compiled())' \
	    || echo "The SIP engine has changed since it was compiled: Python runs it (make native)."; \
	elif $(CAN_COMPILE); then \
	  $(MAKE) --no-print-directory native || echo "That failed: Python runs the SIP engine."; \
	else \
	  echo "No C compiler, or no headers of Python: Python runs the SIP engine, at less than half the speed."; \
	fi

wheel: $(RUNTIME)
	@$(BIN)/python -m pip install --quiet --editable '.[native]'
	@DOORLINE_NATIVE=1 $(BIN)/python -m pip wheel --quiet --no-build-isolation --no-deps \
	  --wheel-dir dist .
	@ls dist/*.whl

# --- programs that tests start -------------------------------------------------------------------
#
# SIPp, sipsak, baresip and JsSIP in Chromium play phones and providers, Kamailio a provider and an
# edge proxy, SIPVicious attackers; tshark and sngrep read what the server captures. Each program with
# its Debian package; npm brings JsSIP.

TOOLS := baresip:baresip-core chromedriver:chromium-driver chromium:chromium kamailio:kamailio \
	sipp:sip-tester sipsak:sipsak sngrep:sngrep svmap:sipvicious tshark:tshark
KAMAILIO_MODULES := outbound tls
JSSIP := .npm/node_modules/jssip

test-tools:
	@missing=; packages=; \
	look() { \
	  missing=; packages=; \
	  for tool in $(TOOLS); do \
	    command -v "$${tool%%:*}" > /dev/null && continue; \
	    missing="$$missing $${tool%%:*}"; packages="$$packages $${tool##*:}"; \
	  done; \
	  for module in $(KAMAILIO_MODULES); do \
	    ls /usr/lib/*/kamailio/modules/$$module.so > /dev/null 2>&1 && continue; \
	    missing="$$missing kamailio"; packages="$$packages kamailio-$$module-modules"; \
	  done; \
	  if [ ! -d $(JSSIP) ] && ! command -v npm > /dev/null; then \
	    missing="$$missing npm"; packages="$$packages npm"; \
	  fi; \
	}; \
	look; \
	if [ -n "$$missing" ] && [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  echo "Installing$$packages ..."; \
	  export DEBIAN_FRONTEND=noninteractive; \
	  apt-get install -qq -y --no-install-recommends $$packages > /dev/null 2>&1 \
	    || { apt-get update -qq; \
	         for package in $$packages; do \
	           apt-get install -qq -y --no-install-recommends $$package \
	             || echo "apt-get could not install $$package." >&2; \
	         done; } > /dev/null; \
	  look; \
	fi; \
	if [ ! -d $(JSSIP) ] && command -v npm > /dev/null; then \
	  echo "Installing JsSIP into .npm ..."; \
	  npm install --prefix .npm --silent --no-audit --no-fund --ignore-scripts jssip@3 > /dev/null \
	    || missing="$$missing jssip"; \
	fi; \
	[ -z "$$missing" ] && exit 0; \
	echo "Some tests start programs that are not installed:$$missing. To run them too:" >&2; \
	echo "    sudo apt-get install$$packages" >&2; \
	echo "Until then these files will not run in full:" >&2; \
	for program in $$missing; do \
	  { grep -rl --include='test_*.py' "require_tool(\"$$program\")" tests || true; } | sed 's/^/    /' >&2; \
	done; \
	if [ "$$CI" = true ]; then echo "CI=true: a missing program is a failure." >&2; exit 1; fi
