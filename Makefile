# One command for each common task; `make help` lists them.
PYTHON := .venv/bin/python
SHELL_FILES = $(shell git ls-files '*.sh' .ci/run images/rootfs/etc/rc.local images/rootfs/usr/sbin)

STACK ?= lab
NAME ?= $(STACK)
ENGINE ?= auto
BASE ?= main
LAB := $(PYTHON) -m lab

.PHONY: help setup packages check test golden lab lab-shell lab-down diff
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.complete packages ## install what the project needs: Python and Debian packages

packages:
	@lab/packages.sh

.venv/.complete: requirements.txt requirements-dev.txt
	python3 -m venv .venv
	$(PYTHON) -m pip install --quiet --requirement requirements-dev.txt && touch $@

lab: setup ## deploy STACK on the emulated clouds, boot its routers, prove every path (NAME, ENGINE, CLOUDS, WORLD)
	@$(LAB) up --stack $(STACK) --name $(NAME) --engine $(ENGINE) $(if $(CLOUDS),--clouds $(CLOUDS)) $(if $(WORLD),--world $(WORLD))

lab-shell: ## open a shell in NODE of the running lab NAME
	@$(LAB) shell --node "$(NODE)" --name $(NAME)

lab-down: ## end the lab NAME, or every lab of this checkout with ALL=1
	@$(LAB) down --name $(NAME) $(if $(ALL),--all)

check: ## ruff, mypy --strict, shellcheck and a secret scan
	$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy .
	.venv/bin/shellcheck $(SHELL_FILES)
	git ls-files -z | xargs -0 .venv/bin/detect-secrets-hook --baseline .secrets.baseline

test: ## all tests: those without root in parallel, then those in network namespaces
	$(PYTHON) -m pytest -q -n 2 -m "not lab"
	@if [ "$$(id -u)" = 0 ]; then $(PYTHON) -m pytest -q -m lab; else echo "lab: not run (needs root)"; [ "$(ALLOW_NO_ROOT)" = 1 ]; fi

diff: ## write what this checkout changes in STACK against BASE: resources and rendered files
	@$(LAB) diff --stack $(STACK) --base $(BASE)

golden: ## renew the golden files, then read the diff
	GOLDEN=1 $(PYTHON) -m pytest -q -n 2 -m "not lab" tests/topology tests/render tests/components
