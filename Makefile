# SPDX-License-Identifier: Apache-2.0
# Thin: what is built from what. How each thing is made lives in scripts/, image/ and qemu-tests/.

SHELL   := /bin/bash
RACK    ?= auto
RELEASE ?= v1.20.2
SEEDS   ?= 100000
SITE    ?= configs/seven-nodes/site.json
CC      ?= gcc
WARN    := -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wvla
HARDEN  := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection
INC     := -Ilib -Iseed -Iagent
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
MINUTES ?= 1
SAN     := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

LIB     := $(wildcard lib/*.c)
CORE    := $(wildcard seed/*.c)
SERVER  := $(wildcard seed/server/*.c)
CTL     := $(wildcard seed/ctl/*.c)
RENDER  := $(wildcard agent/render/*.c)
AGENT   := $(wildcard agent/*.c agent/steps/*.c agent/effects/*.c) $(RENDER)
FAKE    := $(wildcard qemu-tests/fake-kubeadm/*.c)
SIM     := $(wildcard qemu-tests/sim/*.c) agent/course.c agent/journal.c agent/record.c seed/lock.c seed/tickets.c \
           $(addprefix seed/server/,record.c claims.c store_sqlite.c sqlite.c)
EFFECTS := $(addprefix agent/effects/,await.c child.c docker_store.c logs.c ports.c terminal.c) # those that unit tests can run anywhere
PURE    := agent/boot.c agent/slots.c agent/disks.c agent/lease.c agent/mtu.c agent/offer.c agent/journal.c agent/record.c agent/course.c agent/packet.c agent/answer.c agent/refusal.c agent/tail.c agent/token.c agent/cluster.c agent/joiners.c agent/panel.c agent/lines.c
FUZZ    := $(patsubst qemu-tests/fuzz/fuzz_%.c,build/fuzz/%,$(wildcard qemu-tests/fuzz/fuzz_*.c))
READERS := $(addprefix seed/server/,body.c claims.c fields.c origin.c range.c)
FUZZED  := $(READERS) agent/ca_hash.c agent/csr.c agent/fstab.c
TESTS   := $(wildcard lib/test/test_*.c seed/test/test_*.c agent/test/test_*.c)
HEADERS := $(wildcard lib/*.h lib/*.def seed/*.h seed/*/*.h agent/*.h agent/*/*.h qemu-tests/fake-kubeadm/*.h qemu-tests/sim/*.h qemu-tests/fuzz/*.h docs/model/*.h)

STATIC  := build/static
objs     = $(patsubst %.c,build/obj/$(1)/%.o,$(2))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n",$$1,$$2}' $(MAKEFILE_LIST)

all: programs boot ## every program, layer and boot file

# --- programs -------------------------------------------------------------------------------------------------
build/deps-%: scripts/deps | build
	@scripts/deps $*
	@touch $@

build:
	@mkdir -p $@

build/obj/dynamic/%.o: %.c $(HEADERS) | build/deps-build
	@mkdir -p $(@D)
	@echo "  CC/LD $@"; $(CC) $(WARN) $(HARDEN) -fPIE $(INC) -DSEEDRACK_VERSION='"$(VERSION)"' -c $< -o $@

build/obj/dynamic/seed/server/assets.o: $(wildcard seed/dashboard/*)

build/obj/static/%.o: %.c $(HEADERS) | $(STATIC)
	@mkdir -p $(@D)
	@echo "  CC/LD $@"; $(CC) $(WARN) $(HARDEN) -ffunction-sections -fdata-sections $(INC) -isystem $(STATIC)/include -DCURL_STATICLIB -DSEEDRACK_VERSION='"$(VERSION)"' -c $< -o $@

$(STATIC): scripts/build-static-libraries configs/releases/static-libraries.json | build
	ln -sfn "$$(scripts/build-static-libraries)" $@

build/seed-server: $(call objs,dynamic,$(LIB) $(CORE) $(SERVER))
	@echo "  CC/LD $@"; $(CC) -pie -Wl,-z,relro,-z,now $^ -o $@ -lmicrohttpd -lgnutls -lsqlite3 -lcjson -lcrypto

STATIC_LIBS := -L$(STATIC)/lib -lcurl -lcares -lmnl -lblkid -lmbedtls -lmbedx509 -lmbedcrypto -lcjson -lcrypto
build/seed-agent: $(call objs,static,$(LIB) $(AGENT))
	@echo "  CC/LD $@"; $(CC) -static -s -Wl,--gc-sections,-z,relro,-z,now $^ -o $@ $(STATIC_LIBS)
	@size=$$(stat -c %s $@); [ "$$size" -le 3145728 ] || { echo "$@ is $$size bytes; the limit is 3 MiB" >&2; rm $@; exit 1; }

build/seedctl: $(call objs,static,$(LIB) $(CORE) $(CTL))
	@echo "  CC/LD $@"; $(CC) -static -s -Wl,--gc-sections,-z,relro,-z,now $^ -o $@ $(STATIC_LIBS)

build/runc-without-cap-sys-resource: $(call objs,static,qemu-tests/namespace/runc-without-cap-sys-resource.c lib/error.c lib/codes.c lib/buf.c lib/file.c)
	@echo "  CC/LD $@"; $(CC) -static -s $^ -o $@ -L$(STATIC)/lib -lcjson

# A test double of kubeadm, for emulated machines only; never part of an image.
build/fake-kubeadm: $(call objs,static,$(FAKE) $(LIB) agent/ca_hash.c agent/effects/ports.c)
	@echo "  CC/LD $@"; $(CC) -static -s -Wl,--gc-sections,-z,relro,-z,now $^ -o $@ -L$(STATIC)/lib -lmbedtls -lmbedx509 -lmbedcrypto -lcjson

programs: build/seed-agent build/seed-server build/seedctl build/runc-without-cap-sys-resource build/fake-kubeadm ## seed-agent, seed-server, seedctl

layers: programs ## the squashfs layers of the default release (12 minutes cold, seconds warm)
	image/build $(RELEASE)

boot: layers ## kernel and initramfs of both profiles, iPXE
	initramfs/build $(RELEASE)

iso: boot ## one image for CD and USB, BIOS and UEFI; OFFLINE=1 with layers and role documents
	image/iso $(SITE) build/seedrack.iso

# --- tests ----------------------------------------------------------------------------------------------------
build/obj/san/%.o: %.c $(HEADERS) | build/deps-build build/deps-check
	@mkdir -p $(@D)
	@echo "  CC/LD $@"; $(CC) $(WARN) $(SAN) $(INC) -DSEEDRACK_VERSION='"check"' -DSOURCE_ROOT='"$(CURDIR)"' -c $< -o $@

build/san/%: build/obj/san/%.o $(call objs,san,$(LIB) $(CORE) $(READERS) $(RENDER) $(EFFECTS) $(PURE))
	@mkdir -p $(@D)
	@echo "  CC/LD $@"; $(CC) $(SAN) $^ -o $@ $(WRAP) -lcmocka -lcjson -lcrypto

# As the agent links mbedTLS.
build/obj/san/agent/csr.o: INC += -isystem $(STATIC)/include
build/obj/san/agent/csr.o: | $(STATIC)
build/san/agent/test/test_csr: build/obj/san/agent/csr.o
build/san/agent/test/test_csr: WRAP := -L$(STATIC)/lib -lmbedx509 -lmbedcrypto

build/san/seed/test/test_allocation: WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

check: $(patsubst %.c,build/san/%,$(TESTS)) build/seed-server build/seedctl build/seed-agent build/fake-kubeadm ## fast: unit, golden, contract, sanitizers, linters
	scripts/check

# The mutants sit between the record and lock_next(): seed/server/ has nothing of them.
build/sim: $(call objs,dynamic,$(SIM) $(LIB))
	@echo "  CC/LD $@"; $(CC) -pie -Wl,-z,relro,-z,now,--wrap=lock_next $^ -o $@ -lsqlite3 -lcjson -lcrypto

attacks: build/seed-server build/seedctl build/seed-agent build/deps-check ## part of check: hostile hosts, seeds, certificates and requests against the real programs
	qemu-tests/contract/run _attacks _tls _limits _claims _audit _files _passwords _dashboard _process

sim: build/sim ## deterministic simulation: SEEDS=100000 runs, then every mutant; SEED=n is one run with every event
	build/sim $(if $(SEED),--seed $(SEED) --trace,--seeds $(SEEDS))

# As the agent links it: Debian's cJSON is a shared library without instrumentation.
build/fuzz/cJSON.c: configs/releases/static-libraries.json
	@mkdir -p $(@D)
	tar -xOf "$$(scripts/fetch static-libraries cjson)" --wildcards '*/cJSON.c' >$@

build/obj/fuzz/build/fuzz/cJSON.o: WARN := -I$(STATIC)/include/cjson
build/obj/fuzz/%.o: %.c $(HEADERS) | $(STATIC) build/deps-fuzz
	@mkdir -p $(@D)
	@echo "  CC/LD $@"; clang $(WARN) $(SAN) -fsanitize=fuzzer-no-link $(INC) -isystem $(STATIC)/include -DSEEDRACK_VERSION='"fuzz"' -DSOURCE_ROOT='"$(CURDIR)"' -c $< -o $@

build/fuzz/%: build/obj/fuzz/qemu-tests/fuzz/fuzz_%.o $(call objs,fuzz,$(LIB) $(CORE) $(RENDER) $(PURE) $(FUZZED) build/fuzz/cJSON.c)
	@mkdir -p $(@D)
	@echo "  CC/LD $@"; clang $(SAN) -fsanitize=fuzzer $^ -o $@ -L$(STATIC)/lib -lmbedx509 -lmbedcrypto -lcrypto

fuzz: $(FUZZ) ## every parser of outside bytes under libFuzzer, MINUTES=1 each
	qemu-tests/fuzz/run $$(($(MINUTES) * 60))

test: all check build/sim $(FUZZ) ## everything, the end-to-end rack and the QEMU machines included
	qemu-tests/run-all

model: ## the proof of the bootstrap record: spin, every configuration and mutant (3 minutes)
	scripts/check-model

qemu-all: all build/deps-qemu ## nightly: every way to boot and every trouble, QEMU machines
	qemu-tests/boot all
	qemu-tests/disks all
	qemu-tests/install
	qemu-tests/seven

faults: all build/deps-rack build/deps-qemu build/deps-check ## nightly: every row of the fault matrix, at least 200 power cuts (20 minutes to an hour)
	qemu-tests/faults all
	[ "$$(wc -l <build/cuts.tsv)" -lt 200 ] || { cp build/cuts.tsv docs/power-cuts.tsv && scripts/faults-page >docs/faults.md; }

reproducible: programs ## nightly: layers and initramfs twice, byte-identical
	RELEASE=$(RELEASE) scripts/check-reproducible

coverage: build/deps-check build/deps-build ## branches that the unit tests take, of the modules that decide
	scripts/coverage

dashboard: all build/deps-rack build/deps-browser ## the seed's page in a real Chromium beside a real rack, 200 machines, a thousand pages (3 minutes)
	qemu-tests/dashboard

screenshots: all build/deps-rack build/deps-browser ## docs/screenshots anew, of seven machines that come up (2 minutes)
	qemu-tests/dashboard --screenshots

figures: all build/deps-qemu ## benchmarks of booting: first line, fetching, sizes
	qemu-tests/figures

qemu-init: all build/deps-qemu ## nightly: one emulated machine, real kubeadm init to Ready (5 minutes and more)
	qemu-tests/init


# --- the rack -------------------------------------------------------------------------------------------------
rack: all build/deps-rack ## build all and bring the seven machines up; leaves them running
	qemu-tests/rack up --backend $(RACK) --site $(SITE)

rack-down: ## stop the rack and clean up, also after a crash
	qemu-tests/rack down

clean: ## remove build/ (the cache outside the checkout stays)
	rm -rf build

.PHONY: attacks dashboard screenshots fuzz coverage help all programs layers check sim model faults test qemu-all qemu-init figures reproducible boot iso rack rack-down clean
.SECONDARY:
