# One command for each common task; `make help` lists them.
PYTHON := .venv/bin/python
SHELL_FILES = $(shell git ls-files '*.sh' .ci/run images/rootfs/etc/rc.local images/rootfs/usr/sbin)

STACK ?= lab
NAME ?= $(patsubst Pulumi.%.yaml,%,$(notdir $(STACK)))
N ?= 3
SEED ?= 0
ENGINE ?= auto
BASE ?= main
LAB := $(PYTHON) -m lab
ROOTLESS = $(filter-out 0,$(shell id -u))

.PHONY: help setup packages check test test-stacks golden bench drills soak lab lab-shell lab-resync lab-update lab-destroy lab-down diff preview comment plugins deploy
SAKURA_PLUGIN := $(shell sed -n 's/^pulumi-sakuracloud==//p' requirements.txt)
SAKURA_RELEASES := https://github.com/sacloud/pulumi-sakuracloud/releases/download
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: packages .venv/.complete ## install what the project needs: Python and Debian packages

packages:
	@lab/packages.sh

.venv/.complete: requirements.txt requirements-dev.txt
	python3 -m venv .venv
	$(PYTHON) -m pip install --quiet --requirement requirements-dev.txt && touch $@

lab: setup ## deploy STACK on the emulated clouds, boot its routers, prove every path (NAME, ENGINE, CLOUDS, WORLD)
	@$(LAB) up --stack $(STACK) --name $(NAME) --engine $(ENGINE) $(if $(CLOUDS),--clouds $(CLOUDS)) $(if $(WORLD),--world $(WORLD))

lab-shell: ## open a shell in NODE of the running lab NAME
	@$(LAB) shell --node "$(NODE)" --name $(NAME)

lab-resync: ## change the running lab NAME to an edited CLOUDS or WORLD and prove it again (REBUILD: routers to boot anew)
	@$(LAB) resync --name $(NAME) $(if $(CLOUDS),--clouds $(CLOUDS)) $(if $(WORLD),--world $(WORLD)) $(if $(REBUILD),--rebuild $(REBUILD))

lab-update: ## change the running lab NAME to what its stack file says now, and prove it (STACK_FILE, WORLD)
	@$(LAB) update --name $(NAME) $(if $(STACK_FILE),--stack-file $(STACK_FILE)) $(if $(WORLD),--world $(WORLD))

lab-destroy: ## delete all that the stack made in the clouds of lab NAME, and end it
	@$(LAB) destroy --name $(NAME)

lab-down: ## end the lab NAME, or every lab of this checkout with ALL=1
	@$(LAB) down --name $(NAME) $(if $(ALL),--all)

bench: setup ## measure RUNS labs of STACK and the growth of their parts; no time is judged
	@$(LAB) bench --stack $(STACK) $(if $(RUNS),--runs $(RUNS))

drills: setup ## break one thing at a time, measure both directions, report; does the runs still missing (FAULT, RUNS, MINUTES, PROFILE, SEED)
	@$(LAB) drills $(if $(MINUTES),--minutes $(MINUTES)) $(if $(FAULT),--fault $(FAULT)) $(if $(RUNS),--runs $(RUNS)) $(if $(PROFILE),--profile $(PROFILE)) $(if $(filter command environment,$(origin SEED)),--seed $(SEED))

soak: setup ## keep every processor busy for MINUTES and break nothing: no probe lost, no session down (PROFILE)
	@$(LAB) soak $(if $(MINUTES),--minutes $(MINUTES)) $(if $(PROFILE),--profile $(PROFILE))

check: ## ruff, mypy --strict, shellcheck, zizmor, the workflows' schema and a secret scan
	$(PYTHON) -m ruff check . && $(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy .
	.venv/bin/shellcheck $(SHELL_FILES)
	.venv/bin/zizmor --offline --quiet --persona pedantic .github
	.venv/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	.venv/bin/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	if command -v actionlint >/dev/null; then actionlint; else echo "actionlint: not installed, not run"; fi
	git ls-files -z | xargs -0 .venv/bin/detect-secrets-hook --baseline .secrets.baseline

test: ## all tests: those that boot no lab, then those on booted labs, two at a time
	$(PYTHON) -m pytest -q -rs -n 2 --dist loadfile -m "not lab$(if $(ROOTLESS), and not netns)"
	@$(if $(ROOTLESS),printf '%s: not run (needs root)\n' netns lab; [ "$(ALLOW_NO_ROOT)" = 1 ],$(PYTHON) -m pytest -q -rs -n 2 --dist loadgroup -m lab)

test-stacks: setup ## draw N stacks by SEED (0: any), boot and prove a lab of each
	@$(LAB) test-stacks --count $(N) --seed $(SEED)

diff: .venv/.complete ## write what this checkout changes in STACK against BASE: resources and rendered files
	@$(LAB) diff --stack $(STACK) --base $(BASE)

preview: .venv/.complete ## write what `pulumi preview` says of STACK in its account (SAKURA_KEY_PATH)
	@$(LAB) preview --stack $(STACK) --key-path "$(SAKURA_KEY_PATH)"

comment: ## put the texts in build/comment on a pull request, for .github/workflows/comment.yml
	@python3 -m lab.diff.pull_request build/comment

plugins: ## install the Pulumi plugin that no registry offers: Sakura Cloud's
	pulumi plugin install resource sakuracloud $(SAKURA_PLUGIN) --server $(SAKURA_RELEASES)/$(SAKURA_PLUGIN)

deploy: .venv/.complete ## `pulumi up` of STACK in its account (SAKURA_KEY_PATH)
	@$(LAB) deploy --stack $(STACK) --key-path "$(SAKURA_KEY_PATH)"

golden: ## renew the golden files, then read the diff
	GOLDEN=1 $(PYTHON) -m pytest -q -n 2 -m "not lab and not netns" tests/topology tests/render tests/components tests/program tests/lab/engine
