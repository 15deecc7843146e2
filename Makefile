# Every target is one line in `make help`. Nothing here needs root but `test-system` and `system-packages`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NOTEBOOK := .venv-notebook
PYWB := .venv-pywb
SCRAPY_REDIS := .venv-scrapy-redis
RELEASE := .venv-release
LOCKS := deploy/locks
WITH_PANDAS := tests/prober/reporting/publish/test_publish_tutorial.py \
  tests/prober/reporting/publish/test_publish_croissant.py tests/prober/reporting/tables/test_tables.py \
  tests/prober/reporting/tables/test_unread.py tests/prober/reporting/html/test_html_own_list.py
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Every command of ours would compile all its modules at each start where an environment forbids to keep them.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help demo fleet-demo test test-system lint bench bench-kills proof proof-sending serve docs site-docs lock \
  release pictures notebook accept browser system-packages clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-16s %s\n", $$1, $$2}'

# install = environment, lock, options: only what the lock has, by its hash; then the project itself, which brings
# nothing more.
install = $(1)/bin/pip install --quiet --require-hashes -r $(LOCKS)/build.txt \
  && $(1)/bin/pip install --quiet $(3) --require-hashes --no-build-isolation -r $(LOCKS)/$(2).txt \
  && $(1)/bin/pip install --quiet --no-deps --no-build-isolation -e .

$(VENV)/ready: pyproject.toml $(LOCKS)/build.txt $(LOCKS)/run.txt $(LOCKS)/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "prober needs Python 3.11, 3.12 or 3.13; name one: make PYTHON=python3.12 …" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 2; }
	@echo "Installing the environment into $(VENV) …"
	@$(call install,$(VENV),dev)
	@touch $@

# Apart, because sqlite-utils loads pandas wherever it is installed, which costs every command half a second.
$(NOTEBOOK)/ready: $(VENV)/ready $(LOCKS)/notebook.txt
	@$(PYTHON) -m venv $(NOTEBOOK)
	@echo "Installing the environment of the notebook into $(NOTEBOOK) …"
	@$(call install,$(NOTEBOOK),notebook,--no-compile)
	@touch $@

$(RELEASE)/ready: $(LOCKS)/build.txt $(LOCKS)/release.txt
	@$(PYTHON) -m venv $(RELEASE)
	@$(RELEASE)/bin/pip install --quiet --require-hashes -r $(LOCKS)/build.txt
	@$(RELEASE)/bin/pip install --quiet --require-hashes -r $(LOCKS)/release.txt
	@touch $@

browser: $(VENV)/ready
	@sh deploy/ensure-chromium $(BIN)/python

demo: $(VENV)/ready browser  ## the whole job on the embedded world: 63 portals, 63 requests, report, results.db
	@$(BIN)/prober demo

fleet-demo: $(VENV)/ready browser  ## the same, crawled by two workers with a Redis between them (docs/fleet.md)
	@sh deploy/fleet-demo $(BIN)/prober

# Five workers on two cores: two fifths of its time a test waits, for a child process, a server or the pause of a crawl.
test: $(VENV)/ready browser  ## all tests but those of Debian's servers and with pandas (names what it skipped)
	@$(BIN)/pytest -n 5 --dist loadfile --no-loadscope-reorder -q -rs --ignore tests/system $(addprefix --ignore ,$(WITH_PANDAS))

# Apart, because pywb wants other versions of what we use.
$(PYWB)/ready: tests/system/pywb.txt
	@$(PYTHON) -m venv $(PYWB)
	@echo "Installing the environment of pywb into $(PYWB) …"
	@$(PYWB)/bin/pip install --quiet --no-compile -r tests/system/pywb.txt
	@touch $@

test-system: $(VENV)/ready $(NOTEBOOK)/ready $(PYWB)/ready  ## as root: Postfix and Dovecot, WordPress, 400 servers with a defect each; pandas
	@$(BIN)/pytest -n 2 --dist loadfile -q -rs tests/system
	@$(NOTEBOOK)/bin/pytest -q -rs $(WITH_PANDAS)

lint: $(VENV)/ready  ## ruff, mypy, import contracts, generated docs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/cog --check docs/*.md README.md

bench: $(VENV)/ready browser  ## speed, side by side with what one would use instead; writes benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks

# Apart, because the product has no use for it.
$(SCRAPY_REDIS)/ready: benchmarks/scrapy-redis.txt
	@$(PYTHON) -m venv $(SCRAPY_REDIS)
	@echo "Installing the environment of scrapy-redis into $(SCRAPY_REDIS) …"
	@$(SCRAPY_REDIS)/bin/pip install --quiet --no-compile -r benchmarks/scrapy-redis.txt
	@touch $@

bench-kills: $(VENV)/ready $(SCRAPY_REDIS)/ready  ## our fleet beside scrapy-redis and Dramatiq alone, under kills; with Redis
	@$(BIN)/python -m benchmarks.kills $(SCRAPY_REDIS)/bin/python 1 2

proof-sending: $(VENV)/ready  ## of these, all that can interrupt sending: 1,040 kills, full disk, busy database, old backup
	@$(BIN)/pytest -q -rs -m "proof or not proof" -o addopts="--strict-markers --strict-config --import-mode=importlib" \
	  tests/proof/test_send_kills.py tests/proof/test_send_busy.py tests/proof/test_disk_and_backup.py

proof: $(VENV)/ready  ## long proofs: kill -9 at every point of sending and receiving
	@$(BIN)/pytest -q -rs -m proof -o addopts="--strict-markers --strict-config --import-mode=importlib" tests

serve: $(VENV)/ready  ## Datasette on results.db
	@$(BIN)/prober serve

docs: $(VENV)/ready  ## write the generated parts of the docs
	@$(BIN)/cog -r docs/*.md README.md

site-docs: $(VENV)/ready  ## the documentation as a site without a network: build/docs/index.html
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs --quiet build

lock: $(RELEASE)/ready  ## deploy/locks from pyproject.toml; UPGRADE=--upgrade takes the newest versions
	@$(RELEASE)/bin/python deploy/lock.py $(UPGRADE)

release: $(RELEASE)/ready  ## dist: wheel, source, SBOM (CycloneDX) and their hashes
	@rm -rf dist
	@$(RELEASE)/bin/python -m build --no-isolation --outdir dist >/dev/null
	@sed "s/^dynamic = .*/version = $$($(RELEASE)/bin/python -c 'import json, prober; print(json.dumps(prober.__version__))')/" \
	  pyproject.toml > dist/pyproject.toml
	@$(RELEASE)/bin/cyclonedx-py requirements --pyproject dist/pyproject.toml --mc-type application --output-reproducible \
	  --output-file dist/sbom.cdx.json $(LOCKS)/run.txt
	@rm dist/pyproject.toml && cd dist && sha256sum * > SHA256SUMS && cat SHA256SUMS

pictures: $(VENV)/ready browser  ## docs/img: the pages of `prober serve` and the report, photographed after `make demo`
	@$(BIN)/python -m tests.pictures

notebook: $(NOTEBOOK)/ready  ## docs/tutorial.ipynb: run it on the results.db of `make demo`, and keep what it shows
	@$(NOTEBOOK)/bin/python -m tests.tutorial_outputs

accept: $(VENV)/ready  ## write missing expected files of test fixtures, to be read before they are committed
	@$(BIN)/pytest -q tests/prober/detectors/test_detectors.py \
	  tests/mailroom/classification/test_classification_mail_cases.py || true
	@git status --short tests/fixtures

system-packages:  ## Debian, as root: Chromium, Dovecot, Postfix, Redis, nginx, WordPress (not started), tesseract, LibreOffice
	@sh deploy/system-packages

clean:  ## remove the environment and caches; keeps results.db and var/
	@rm -rf $(VENV) $(NOTEBOOK) $(SCRAPY_REDIS) $(RELEASE) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	@find . -name __pycache__ -type d -not -path './.git/*' -exec rm -rf {} +
