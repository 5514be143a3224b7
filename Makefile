# Authstorm: `make help` lists the words. Each bootstraps its own virtual environment when it is missing or stale.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PROFILE ?= flash-sale
TARGET ?= sandbox
SCALE ?= 1
SEED ?=
WORKERS ?=
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --retries 5 --timeout 60

LOCUST := $(VENV)/bin/locust -f locustfile.py --spike-profile $(PROFILE) --target $(TARGET) --spike-scale $(SCALE) $(if $(SEED),--spike-seed $(SEED))
# a port of its own on loopback: two runs at once must not take each other's workers
FREE_PORT = $$($(PY) -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
WORKER_OPTIONS = $(if $(WORKERS),--processes $(WORKERS) --expect-workers-max-wait 30 --master-bind-host 127.0.0.1 --master-bind-port $$port --master-port $$port)
# in the environment, which no process list shows: other people on this machine cannot join
NEW_TOKEN = $$($(PY) -c 'import secrets; print(secrets.token_urlsafe(32))')
MASTER ?= 127.0.0.1
BIND ?= 127.0.0.1
PORT ?= 5557
EXPECT ?= 1
MAX_WAIT ?= 120
METRICS_PORT ?=
METRICS_HOST ?= 127.0.0.1
METRICS = $(if $(METRICS_PORT),--metrics-port $(METRICS_PORT) --metrics-host $(METRICS_HOST))
ROOM_BIND ?= 127.0.0.1
# Locust's own port where it is free
ROOM_PORT ?= $$($(PY) -c 'import socket; s = socket.socket(); taken = s.connect_ex(("127.0.0.1", 8089)) == 0; f = socket.socket(); f.bind(("127.0.0.1", 0)); print(f.getsockname()[1] if taken else 8089)')
ROOM_OPTIONS = $(if $(ROOM_HOST),--room-host $(ROOM_HOST)) $(if $(TLS_CERT),--tls-cert $(TLS_CERT) --tls-key $(TLS_KEY))

# COMPILE=no: neither compiled nor run compiled; as AUTHSTORM_INTERPRETED=1 in the environment, which COMPILE=yes overrules
COMPILE ?= $(if $(filter-out 0,$(AUTHSTORM_INTERPRETED)),no,yes)
ifeq ($(COMPILE),no)
COMPILED :=
export AUTHSTORM_INTERPRETED := 1
else ifeq ($(COMPILE),yes)
COMPILED := .compiled
ifneq ($(filter-out 0,$(AUTHSTORM_INTERPRETED)),)
unexport AUTHSTORM_INTERPRETED
endif
else
$(error COMPILE is yes or no, not "$(COMPILE)")
endif

KNOWN := PYTHON VENV PROFILE TARGET SCALE SEED WORKERS COMPILE MASTER BIND PORT EXPECT MAX_WAIT METRICS_PORT METRICS_HOST ROOM_BIND \
  ROOM_PORT ROOM_HOST TLS_CERT TLS_KEY LEAD A B N REMOVE FORMAT OUTPUT KEEP SERVER
# a misspelt PROFILE would else load the whole default storm
$(foreach name,$(.VARIABLES),$(if $(filter command line,$(origin $(name))),$(if $(filter $(name),$(KNOWN) MAKEFLAGS MAKEOVERRIDES -%),,$(error there is no setting $(name); there are $(KNOWN)))))

.PHONY: .compiled help plan spike rehearse compare check alert-test accounts tokens master worker sandbox server test test-real test-long lint format schema lock bench clean
# one pip at a time in one environment, also with make -j
.NOTPARALLEL:

help: ## list the words
	@echo "Authstorm rehearses peak traffic against an authentication service."
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'
	@echo "Settings: PROFILE=$(PROFILE) TARGET=$(TARGET) SCALE=$(SCALE) SEED=n WORKERS=n COMPILE=no, as in: make spike PROFILE=smoke"

$(VENV)/.ready: requirements.lock
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is needed (PYTHON=python3.12 chooses another)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, this is $$($(PYTHON) --version)"; exit 1; }
	@echo "Setting up $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements.lock
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	@echo "Adding what tests and checks need"
	@$(PIP) -r requirements-dev.lock
	@touch $@

# looks each time, by a hash of the sources, which takes a tenth of a second; where it cannot, it says why in one line
.compiled: $(VENV)/.ready
	@$(PY) -m authstorm.compiled

spike: $(VENV)/.ready $(COMPILED) ## rehearse: headless run with verdict and report
	@$(if $(WORKERS),port=$(FREE_PORT); export AUTHSTORM_TOKEN="$${AUTHSTORM_TOKEN:-$(NEW_TOKEN)}";) $(LOCUST) --headless --only-summary --loglevel WARNING $(WORKER_OPTIONS) $(METRICS)

rehearse: $(VENV)/.ready $(COMPILED) ## rehearse by hand: choose, start, watch and stop on a page; WORKERS=n, or LEAD=1 for make worker
	@$(if $(WORKERS),port=$(FREE_PORT); export AUTHSTORM_TOKEN="$${AUTHSTORM_TOKEN:-$(NEW_TOKEN)}";) $(LOCUST) --loglevel WARNING --web-host $(ROOM_BIND) --web-port $(ROOM_PORT) $(ROOM_OPTIONS) $(METRICS) $(if $(WORKERS),$(WORKER_OPTIONS),$(if $(LEAD),$(LEAD_OPTIONS)))

LEAD_OPTIONS = --master --master-bind-host $(BIND) --master-bind-port $(PORT) --expect-workers $(EXPECT) --expect-workers-max-wait $(MAX_WAIT)

master: $(VENV)/.ready $(COMPILED) ## lead workers on other machines: EXPECT=n of them, BIND=address (see docs/distributed.md)
	@$(LOCUST) --headless --only-summary --loglevel WARNING $(LEAD_OPTIONS) $(METRICS)

worker: $(VENV)/.ready $(COMPILED) ## take part in a run that a master leads: MASTER=host, and the same PROFILE, TARGET, SCALE, SEED
	@$(LOCUST) --loglevel WARNING --worker --master-host $(MASTER) --master-port $(PORT)

plan: $(VENV)/.ready ## draw the planned load and say what cannot work; starts nothing
	@$(PY) -m authstorm plan --profile $(PROFILE) --target $(TARGET) --scale $(SCALE) $(if $(SEED),--seed $(SEED))

compare: $(VENV)/.ready ## two runs side by side, with what chance explains: A=folder B=folder
	@$(PY) -m authstorm compare $(if $(A),"$(A)") $(if $(B),"$(B)")

check: $(VENV)/.ready ## one visitor through every step of TARGET: what works, what to change; loads nothing
	@$(PY) -m authstorm check --target $(TARGET)

accounts: $(VENV)/.ready ## make N synthetic accounts where TARGET says how; REMOVE=1 removes them
	@$(PY) -m authstorm accounts --target $(TARGET) $(if $(N),--count $(N)) $(if $(REMOVE),--remove)

alert-test: $(VENV)/.ready ## send one test alert through every receiver of config/alerts.yaml, and print what came back
	@$(PY) -m authstorm alert-test

tokens: $(VENV)/.ready ## fetch N=1000 token sets into a file that only you can read: FORMAT=csv OUTPUT=file KEEP=10m
	@$(PY) -m authstorm tokens --target $(TARGET) $(if $(N),--count $(N)) $(if $(FORMAT),--format $(FORMAT)) $(if $(OUTPUT),--output $(OUTPUT)) $(if $(KEEP),--keep $(KEEP))

sandbox: $(VENV)/.ready ## the bundled authorization server alone
	@$(PY) -m authstorm.sandbox

server: $(VENV)/.ready ## a real login server for rehearsals: SERVER=oidc-provider, django-oauth-toolkit or better-auth
	@$(PY) tests/servers/run.py $(SERVER)

# compiled where that can be, which the tests else are not
AS_USERS_RUN := AUTHSTORM_INTERPRETED=$${AUTHSTORM_INTERPRETED:-0}

test: $(VENV)/.ready-dev ## tests that need nothing else installed
	@$(PY) tests/lanes.py

test-real: $(VENV)/.ready-dev $(COMPILED) ## tests with real servers, a browser, and faults of workers and master; installs what they need
	@$(PY) tests/servers/install.py
	@$(AS_USERS_RUN) $(PY) -m pytest -m "real and not long"

test-long: $(VENV)/.ready-dev $(COMPILED) ## exit codes, recovery, who may join, swapped answers, alerts: about twelve minutes
	@$(PY) tests/servers/install.py
	@$(AS_USERS_RUN) $(PY) -m pytest -m long

lint: $(VENV)/.ready-dev ## style, types, schemas up to date
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(PY) -m authstorm schema --check

format: $(VENV)/.ready-dev ## put the code into its format
	@$(VENV)/bin/ruff check --fix-only --quiet .
	@$(VENV)/bin/ruff format .

schema: $(VENV)/.ready ## write config/schema/*.json anew
	@$(PY) -m authstorm schema

bench: $(VENV)/.ready-dev $(COMPILED) ## how fast and how exact
	@failed=0; for script in bench/*.py; do echo "== $$script"; $(PY) -m bench.$$(basename $$script .py) || failed=1; done; exit $$failed

lock: ## write requirements.lock and requirements-dev.lock anew from the direct dependencies
	@rm -rf $(VENV)-lock && $(PYTHON) -m venv $(VENV)-lock
	@$(VENV)-lock/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	@{ echo "# Written by make lock; do not edit."; $(VENV)-lock/bin/pip freeze; } > requirements.lock
	@$(VENV)-lock/bin/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@{ echo "# Written by make lock; do not edit."; $(VENV)-lock/bin/pip freeze; } > requirements-dev.lock
	@rm -rf $(VENV)-lock

clean: ## remove the virtual environment and caches
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache
