# Two commands: `make demo` and `make test`. Both make .venv and install what they need.
PY ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help

.venv/installed: pyproject.toml constraints.txt
	$(PY) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,ops,traces]'
	touch $@

help:
	@echo "make demo [ARGS='--seed 7']   play orders through a real Kafka and a simulated ERP; verdict to the cent"
	@echo "make chaos [ARGS='--seed 7']  the demo while everything fails: 20 seeds of 300 orders, one verdict each"
	@echo "make soak [ARGS='--minutes 60']  ten minutes at half the maximum, then ten times as much: is all flat?"
	@echo "make test                     all tests, on the same real Kafka"
	@echo "make ops-check                dashboards, alerts, manifests, image, security: judged by their own programs"
	@echo "make cluster-test             a real control plane and KEDA scale real workers; a rolling update under load"
	@echo "make check                    ruff and mypy"
	@echo "make mutation                 change the core one thing at a time: do the tests notice?"
	@echo "make simulate [ARGS='--seeds 1000']  crash schedules of the shell without processes, a seed each"
	@echo "make docs                     write the pages that are made from the code"
	@echo "make dashboards               write Grafana's dashboards and rules anew from the code"
	@echo "make dashboards-up            Kafka, Milepost, Prometheus and Grafana in Docker; http://127.0.0.1:3000; dashboards-down ends it"
	@echo "make dashboards-picture       the lag dashboard, drawn from a real run in which a lane is stopped for a while"
	@echo "make bench [ARGS=--quick]     Milepost beside its peers on one Kafka, then the lane and the whole pipeline"
	@echo "make bench-compare bench-pipeline  the first and the last part of it alone"
	@echo "make bench-core bench-lane    figures of the core and of the fulfilment lane"
	@echo "make bench-handover           what it costs when partitions change hands"
	@echo "make bench-rolling            the same while real orders come: 1, 2, 4, 2 workers, a rolling update, a crash"
	@echo "make bench-disks-lost         how long until workers that lost everything are ready again"
	@echo "make bench-replay             what a replay of everything does to the orders of today"
	@echo "make bench-isolation          does ten times as much reconciliation reach the priority lane? And a peak season"
	@echo "make bench-codecs             what each codec costs for a segment and a message, X12 beside pyx12's reader"
	@echo "make corpus [ARGS=DIR]        every file of a folder through the codecs: documents, contracts, errors by kind"
	@echo "make fuzz [ARGS='--seconds 60 x12']  coverage-guided fuzzing of every codec; what it finds is kept as a test"
	@echo "make bench-gateway            what a signed request costs the gateway, acknowledged by the broker"
	@echo "make bench-state              what state costs: bytes, memory, recovery, growth"

demo: .venv/installed
	$(BIN)/milepost demo $(ARGS)

# 300 orders a seed, so that twenty drills on fresh brokers end within 40 minutes on two cores.
chaos: .venv/installed
	$(BIN)/milepost chaos $(or $(ARGS),--seeds 1-20 --orders 300 --jobs 2)

soak: .venv/installed
	$(BIN)/milepost soak $(or $(ARGS),--minutes 10)

# Two at a time, a whole file each: tests of the broker mostly wait, laws mostly compute. The drills take every core there is,
# so they come after the rest.
DRILL = tests/chaos/test_drill.py
test: .venv/installed check
	$(BIN)/python -m pytest -n 2 --dist loadfile $(or $(ARGS),--ignore $(DRILL) --ignore tests/ops)
	$(if $(ARGS),,$(BIN)/python -m pytest $(DRILL))

# Metrics, dashboards, alerts, manifests, image, security and rolling changes, each judged by the program of those who made
# what it runs on. Of those programs, what Debian has is installed; the lines say what is missing and was not checked.
ops-check: .venv/installed
	$(BIN)/python -m milepost.tests.ops.prepare
	$(BIN)/python -m pytest -n 2 --dist loadfile $(or $(ARGS),tests/ops)

# A control plane of Kubernetes and KEDA (built once, eight minutes of two cores), real workers, a burst, a rolling update.
cluster-test: .venv/installed
	$(BIN)/python -m milepost.tests.ops.prepare
	$(BIN)/python -m milepost.tests.cluster all --picture docs/cluster.svg $(ARGS)

check: .venv/installed
	$(BIN)/ruff check .
	tools=$$(mktemp -d) && ln -s "$(CURDIR)" "$$tools/milepost" && MYPYPATH="$$tools" $(BIN)/mypy -p milepost; rc=$$?; rm -rf "$$tools"; exit $$rc

simulate: .venv/installed
	$(BIN)/python -m milepost.tests.simulation $(ARGS)

docs: .venv/installed
	$(BIN)/python -m milepost.docs

dashboards: .venv/installed
	$(BIN)/python -m milepost.grafana
	$(BIN)/python -m milepost.grafana.rules

dashboards-up: dashboards
	docker compose -f grafana/compose.yaml up --build --detach
	@echo "Grafana: http://127.0.0.1:3000. Orders to look at: docker compose -f grafana/compose.yaml run --rm orders"

dashboards-down:
	docker compose -f grafana/compose.yaml down --volumes

dashboards-picture: .venv/installed
	$(BIN)/python -m milepost.grafana.picture

# The shell beside its peers, then the real thing. What the peers need is fetched once, into .bench/.
bench: .venv/installed
	$(BIN)/python -m milepost.bench.compare $(ARGS)
	$(BIN)/python -m milepost.bench.lane
	$(BIN)/python -m milepost.bench.pipeline

bench-compare: .venv/installed
	$(BIN)/python -m milepost.bench.compare $(ARGS)

bench-pipeline: .venv/installed
	$(BIN)/python -m milepost.bench.pipeline $(ARGS)

bench-core: .venv/installed
	$(BIN)/python bench/core.py $(ARGS)

bench-lane: .venv/installed
	$(BIN)/python -m milepost.bench.lane $(ARGS)

bench-handover: .venv/installed
	$(BIN)/python -m milepost.bench.handover $(ARGS)

bench-rolling: .venv/installed
	$(BIN)/python -m milepost.bench.rolling $(ARGS)

bench-disks-lost: .venv/installed
	$(BIN)/python -m milepost.bench.disks_lost $(ARGS)

bench-replay: .venv/installed
	$(BIN)/python -m milepost.bench.replay_harm $(ARGS)

# The flood on a real broker (three minutes), then ten times the load for half an hour in simulated time (two).
bench-isolation: .venv/installed
	$(BIN)/python -m milepost.bench.isolation $(ARGS)
	$(BIN)/python -m milepost.tests.ops.peak_season

bench-state: .venv/installed
	$(BIN)/python -m milepost.bench.state $(ARGS)
	$(BIN)/python -m milepost.bench.state --growth --picture docs/growth.svg

bench-codecs: .venv/installed
	$(BIN)/python -m milepost.bench.codecs $(ARGS)

bench-gateway: .venv/installed
	$(BIN)/python -m milepost.bench.gateway $(ARGS)

corpus: .venv/installed
	$(BIN)/milepost corpus $(ARGS)

fuzz: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fuzz]'
	$(BIN)/python -m milepost.tests.codecs.fuzzing $(ARGS)

mutation: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[mutation]'
	$(BIN)/python bench/mutation.py $(ARGS)

.PHONY: help demo chaos soak simulate test ops-check cluster-test check docs dashboards dashboards-up dashboards-down dashboards-picture mutation bench bench-compare bench-pipeline bench-core bench-lane bench-replay bench-isolation bench-codecs bench-gateway corpus fuzz bench-state bench-handover bench-rolling bench-disks-lost
