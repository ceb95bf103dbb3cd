SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
ARGS ?=
PYTEST_ARGS ?=
FUZZ_SECONDS ?= 60
SOAK_SECONDS ?= 600
STORM ?= 100000
DATABASE ?= gearfast-queue.db
KEEP = -q libsqlite3 --libsqlite3-db $(DATABASE)

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --quiet
C_UNITS := $(wildcard csrc/*.c gearfast/replay/*.c tests/stress/*.c tests/fuzz/*.c tests/faults/*.c benchmarks/*/*.c)
C_FILES := $(C_UNITS) $(wildcard csrc/*.h gearfast/replay/*.h tests/fuzz/*.h tests/faults/*.h benchmarks/*/*.h gearfast/_native/cdef/*.c)
C_FLAGS := -std=gnu11 -Wall -Wextra -Wshadow -Wconversion -Werror -Icsrc -Igearfast/replay -Igearfast/_native/cdef -pthread
CLIENT_PACKAGES := gearman-job-server gearman-tools libgearman-client-perl libgearman-dev php-cli php-gearman
DATABASE_PACKAGES := postgresql mariadb-server
STORE_PACKAGES := libtokyocabinet9 memcached redis-server
NETWORK_PACKAGES := iproute2
SHELL_PACKAGES := fish groff-base mandoc zsh
FUZZ_PACKAGES := clang-14 libclang-rt-14-dev llvm-14
SIDE_BY_SIDE := -p no:benchmark --numprocesses auto --maxprocesses 4 --dist loadfile
SANITIZED_TESTS := -p no:benchmark -o pythonpath= -m "not clients and not packaging" --timeout=600
FAULT_TESTS := -q -p no:benchmark -o pythonpath= --timeout=600
LOAD_SECONDS ?= 60
LOAD_THREADS ?= 0 1 4
STRESS_THOUSANDS ?= 1000
SANITIZED := tools/dev/sanitized
FAULTY := GEARFAST_FAULTS=1 $(SANITIZED)
SANITIZERS_asan := address,undefined
SANITIZERS_ubsan := undefined
SANITIZERS_tsan := thread
LOAD := $(PY) -m tests.support.load --seconds $(LOAD_SECONDS)

.PHONY: run dev test crashtest lint fmt asan ubsan tsan faults soak fuzz storm bench instructions load peers libraries mixes man dist clean help native valgrind client-packages

run: native $(VENV)/.installed ## build what is missing, then serve port 4730 (more options: ARGS="-t 8")
	@exec $(VENV)/bin/gearfast $(if $(filter -q% --queue-type%,$(ARGS)),,$(KEEP)) $(ARGS)

dev: $(VENV)/.developer native ## build in place and install all that tests and lint need into .venv

test: dev client-packages ## run all tests (a part: PYTEST_ARGS="tests/core -k grab")
	@mkdir -p build
	@$(VENV)/bin/pytest $(SIDE_BY_SIDE) --junitxml=build/test-report.xml $(PYTEST_ARGS)

lint: $(VENV)/.developer valgrind ## check style, types and C warnings
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	PATH=$(VENV)/bin:$$PATH cython-lint gearfast/_native benchmarks/native
	$(VENV)/bin/clang-format --dry-run -Werror $(C_FILES)
	$(CC) $(C_FLAGS) -fsyntax-only $(C_UNITS)

fmt: $(VENV)/.developer ## format Python and C
	$(VENV)/bin/ruff check --fix-only .
	$(VENV)/bin/ruff format .
	$(VENV)/bin/clang-format -i $(C_FILES)

asan: ## tests, stress and a load under AddressSanitizer and UBSan (a part: PYTEST_ARGS="tests/core")
ubsan: ## the same under UBSan alone, which takes less time
tsan: ## the same under ThreadSanitizer
asan ubsan tsan: $(VENV)/.developer
	$(SANITIZED) build $(SANITIZERS_$@)
	$(SANITIZED) stress $(SANITIZERS_$@) all $(STRESS_THOUSANDS)
	$(SANITIZED) run $(SANITIZERS_$@) $(VENV)/bin/pytest $(SANITIZED_TESTS) $(PYTEST_ARGS)
	for threads in $(LOAD_THREADS); do $(SANITIZED) run $(SANITIZERS_$@) $(LOAD) --threads $$threads; done

faults: $(VENV)/.developer ## let memory, sockets, pollers, clocks, threads and stores fail (a part: PYTEST_ARGS="-k t3")
	$(FAULTY) build address,undefined
	$(FAULTY) run address,undefined $(VENV)/bin/pytest $(FAULT_TESTS) tests/faults $(PYTEST_ARGS)
	$(FAULTY) build thread
	$(FAULTY) run thread $(VENV)/bin/pytest $(FAULT_TESTS) tests/faults/test_hand_overs.py $(PYTEST_ARGS)

soak: $(VENV)/.developer ## everything at once against two servers, for SOAK_SECONDS; nothing may be lost, stuck or left over
	@$(PY) -W error -m tests.soak --seconds $(SOAK_SECONDS)

fuzz: $(VENV)/.developer ## fuzz csrc/ and the server, each target for FUZZ_SECONDS; what fails is kept in build/fuzz
	@tools/dev/install-debian-packages $(FUZZ_PACKAGES)
	@$(PIP) install --no-build-isolation --editable '.[fuzz]'
	@tests/fuzz/run $(FUZZ_SECONDS)

crashtest: dev client-packages ## kill the server 100 times with SQLite, 10 with each other store, then while the store fails (ARGS="--stores redis --rounds 50")
	@$(PY) -m tests.support.crash_rounds $(ARGS)

storm: $(VENV)/.developer native ## send 100,000 malformed packets of every kind to a server at work (or STORM=1000000)
	GEARFAST_STORM=$(STORM) $(VENV)/bin/pytest tests/stress/test_malformed.py --quiet --capture=no --timeout=3600 $(PYTEST_ARGS)

bench: $(VENV)/.developer native ## measure the native parts alone, and whole servers beside the floor (a part: PYTEST_ARGS="-k waiting")
	@mkdir -p build/bench
	@$(VENV)/bin/pytest benchmarks/native benchmarks/throughput --quiet --benchmark-quiet --benchmark-disable-gc --benchmark-max-time=0.3 \
	--benchmark-json=build/bench/report.json $(PYTEST_ARGS)

instructions: $(PY) valgrind ## count the core's instructions, compare with those checked in (record anew: ARGS=--record)
	@$(PY) -m benchmarks.instructions $(ARGS)

load: $(PY) ## compile the load generator and the floor server into build/benchmarks
	@$(PY) -m benchmarks.programs

peers: $(VENV)/.developer $(VENV)/.bench native client-packages ## measure beside gearmand, beanstalkd and Redis (a short run: ARGS=--quick)
	@$(PY) -m benchmarks.side_by_side $(ARGS)

libraries: $(VENV)/.bench native ## measure the clients and workers in Python beside gear, gearman3, RQ, Celery and dramatiq (ARGS=--quick)
	@$(PY) -m benchmarks.libraries $(ARGS)

man: $(VENV)/.installed ## write the man pages in docs/man from what --help says
	@$(PY) tools/dev/man_pages.py docs/man

mixes: $(VENV)/.bench native ## replay the ready-made mixes against gearfast and gearmand, each for a minute (ARGS="--only tiny")
	@$(PY) -m benchmarks.mixes $(ARGS)

dist: $(VENV)/.developer ## source distribution and wheel in dist/
	@$(PY) -m build --outdir dist .

clean: ## remove all that was built, but not .venv
	rm -rf build dist *.egg-info gearfast/_native/*.so .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Compiler warnings in csrc/ are errors for developers, not for those who only want to run the server.
dev lint test: export GEARFAST_WERROR := 1

# Always runs: setup.py knows better than make what is current, in half a second.
native: $(VENV)/.build-requires
	@flock $(VENV)/.lock $(PY) setup.py -q build_ext --inplace

# Its headers too, which a benchmark includes.
valgrind:
	@$(CC) -E -include valgrind/callgrind.h -x c /dev/null >/dev/null 2>&1 || \
	tools/dev/install-debian-packages valgrind

client-packages:
	@tools/dev/install-debian-packages $(CLIENT_PACKAGES) $(DATABASE_PACKAGES) $(STORE_PACKAGES) $(SHELL_PACKAGES) $(NETWORK_PACKAGES) || \
	echo "make: the tests of real clients, workers, stores and shells will be skipped where their programs are missing" >&2

$(PY):
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is missing: install python3" >&2; exit 1; }
	@$(PYTHON) tools/dev/check_build_tools.py
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.build-requires: pyproject.toml | $(PY)
	@$(PY) tools/dev/build_requires.py | xargs -d '\n' $(PIP) install
	@touch $@

$(VENV)/.installed: pyproject.toml | native
	@$(PIP) install --no-build-isolation --editable .
	@touch $@

$(VENV)/.developer: pyproject.toml | native
	@$(PIP) install --no-build-isolation --editable '.[test,lint]'
	@touch $@ $(VENV)/.installed

$(VENV)/.bench: pyproject.toml | native
	@$(PIP) install --no-build-isolation --editable '.[bench]'
	@touch $@ $(VENV)/.installed
