# Khukha: `make demo` shows it, `make serve` opens it, `make test` checks it.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
SCALE := .venv-scale/bin
SCALE_READY := .venv-scale/.ready
PEERS := .venv-peers/bin
PEERS_READY := .venv-peers/.ready
B2B ?= ../shared/data/b2b

.PHONY: demo serve test test-scale lint types contracts tune fit quality bench timetables torture audit clean

demo: $(READY)  ## set everything up and try it on the demo catalog
	@$(BIN)/khukha demo

serve: $(READY)  ## pages and API over the demo catalog; prints the address and a key
	@$(BIN)/khukha serve --demo

test: lint types contracts  ## everything CI runs
	$(BIN)/pytest --numprocesses 2 --dist loadfile

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

contracts: $(READY)
	$(BIN)/lint-imports

tune: $(READY)  ## learn the model's corrections anew from the trades, in half an hour; `make fit` has to follow
	$(BIN)/khukha tune --out matcher/data

fit: $(READY)  ## learn adapter and weights anew from the demo topics; takes minutes
	$(BIN)/khukha fit api/demo_catalog --out matcher/data

test-scale: $(SCALE_READY)  ## what runs past one machine: Milvus, Ray, PostgreSQL; installs the extras beside .venv
	$(SCALE)/python -m pytest --override-ini addopts="-q --strict-markers" \
		-W ignore::ResourceWarning -W ignore::pytest.PytestUnraisableExceptionWarning \
		tests/scale tests/api/store/test_database.py

quality: $(READY)  ## measure the answers; rebuilds docs/quality.md, in half an hour
	$(BIN)/python -m tests.quality.report docs/quality.md

bench: $(READY) $(PEERS_READY)  ## measure speed; rebuilds docs/performance.md, in about an hour; PARTS=encoder,peers runs some
	$(BIN)/python -m tests.bench.report docs/performance.md --only "$(PARTS)"

torture: $(READY)  ## break the service on purpose; rebuilds docs/trust.md, in about two hours; PARTS=kill9,crowds runs some
	$(BIN)/python -m tests.torture.report docs/trust.md --only "$(PARTS)"

audit: $(READY)  ## licences and known vulnerabilities of all that the service needs; rebuilds docs/licences.md
	$(BIN)/pip install --quiet --editable '.[audit]'
	$(BIN)/python -m tests.torture.audit --page docs/licences.md

timetables: $(READY)  ## solve the published instances and more; rebuilds docs/timetables.md in half an hour
	$(BIN)/python -m tests.bench.timetables page docs/timetables.md --folder $(B2B)

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' \
		|| { echo "Khukha needs Python 3.11 or 3.12: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -d .venv || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable '.[dev]'
	@touch $@

$(SCALE_READY): $(READY) pyproject.toml  ## sees what .venv has, and changes nothing there
	rm -rf .venv-scale
	$(BIN)/python -m venv --without-pip .venv-scale
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
		> "$$($(SCALE)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/default.pth"
	$(BIN)/pip freeze --exclude-editable > .venv-scale/constraints.txt
	$(BIN)/pip --python $(SCALE)/python install --quiet --constraint .venv-scale/constraints.txt \
		--editable '.[scale]'
	@touch $@

$(PEERS_READY): $(READY) pyproject.toml  ## likewise; an engine that cannot be had is left out, and the bench says so
	rm -rf .venv-peers
	$(BIN)/python -m venv --without-pip .venv-peers
	$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
		> "$$($(PEERS)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/default.pth"
	$(BIN)/pip freeze --exclude-editable > .venv-peers/constraints.txt
	for peer in $$($(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["peers"])'); do \
		$(BIN)/pip --python $(PEERS)/python install --quiet --constraint .venv-peers/constraints.txt $$peer \
			|| echo "$$peer cannot be had"; \
	done
	@touch $@

clean:
	rm -rf .venv .venv-scale .venv-peers var
