# SPDX-License-Identifier: Apache-2.0
# Thin: what is built from what. How each thing is made lives in scripts/, image/ and qemu-tests/.

# Recipes get nothing of the caller's environment but what scripts/common.sh lets through; what can be chosen is chosen on make's command line.
SHELL   := scripts/clean-environment
.SHELLFLAGS := /bin/bash -c
RACK    := auto
RELEASE := v1.37.2
SEEDS   := 100000
SEED    :=
PART    :=
FOCUS   :=
SITE    := configs/seven-nodes/site.json
CC      := gcc
WRAP    :=
WARN    := -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wvla
HARDEN  := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection
INC     := -Ilib -Ilib/effects -Iseed -Iagent
MINUTES := 1
PREFIX  := /usr/local
DESTDIR :=
SAN     := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# Everything below a folder but its tests. What belongs to what is said by the tree, never by a list.
sources  = $(sort $(shell find $(1) -name '*.c' -not -path '*/test/*'))
LIB     := $(call sources,lib)
AGENT   := $(call sources,agent)
SERVER  := $(call sources,seed/server)
CTL     := $(call sources,seed/ctl)
CORE    := $(filter-out $(SERVER) $(CTL),$(call sources,seed))
FAKE    := $(call sources,qemu-tests/doubles/fake-kubeadm)
SIM     := $(call sources,qemu-tests/sim)
FUZZ    := $(patsubst qemu-tests/fuzz/fuzz_%.c,build/fuzz/%,$(wildcard qemu-tests/fuzz/fuzz_*.c))
TESTS   := $(sort $(shell find lib seed agent -path '*/test/test_*.c'))

STATIC  := build/static
objs     = $(patsubst %.c,build/obj/$(1)/%.o,$(2))
# What tests, the simulator and fuzz targets link: the linker takes the objects that they use.
archives = $(patsubst %,build/obj/$(1)/%.a,agent core server ctl lib)

# What only the builds are made with; a build that waits for its mirror, or for one core, leaves the other to the next. The suites are run-all's.
ifneq ($(filter test nightly,$(MAKECMDGOALS)),)
MAKEFLAGS += --jobs=$(shell nproc)
endif

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

# Headers are found by the compiler: each object's .d file names those that it read.
COMPILE  = mkdir -p $(@D) && echo "  CC $@" && $(CC) $(WARN) $(INC) -MMD -MP
-include $(shell find build/obj -name '*.d' 2>/dev/null)

build/obj/dynamic/%.o: %.c | build/deps-build
	@$(COMPILE) $(HARDEN) -fPIE -c $< -o $@

build/obj/dynamic/seed/server/handlers/assets.o: $(wildcard seed/dashboard/*)

# One object has the version in it: a commit compiles that one again, and links.
VERSIONED := $(foreach variant,dynamic static san fuzz,build/obj/$(variant)/lib/version.o)
$(VERSIONED): INC += -include build/version.h
$(VERSIONED): build/version.h
build/version.h: FORCE | build
	@scripts/version --header $@
FORCE:

build/obj/static/%.o: %.c | build/deps-build $(STATIC)
	@$(COMPILE) $(HARDEN) -ffunction-sections -fdata-sections $(STATIC_INC) -c $< -o $@

define archive # VARIANT
build/obj/$(1)/agent.a:  $$(call objs,$(1),$$(filter-out agent/main.c,$$(AGENT)))
build/obj/$(1)/core.a:   $$(call objs,$(1),$$(CORE))
build/obj/$(1)/server.a: $$(call objs,$(1),$$(filter-out seed/server/main.c,$$(SERVER)))
build/obj/$(1)/ctl.a:    $$(call objs,$(1),$$(filter-out seed/ctl/seedctl.c,$$(CTL)))
build/obj/$(1)/lib.a:    $$(call objs,$(1),$$(LIB))
endef
$(foreach variant,dynamic static san fuzz,$(eval $(call archive,$(variant))))
build/obj/%.a:
	@rm -f $@ && ar rcsD $@ $^

$(STATIC): scripts/build-static-libraries configs/releases/static-libraries.json | build/deps-static
	ln -sfn "$$(scripts/build-static-libraries)" $@

SERVER_LIBS := -lmicrohttpd -lgnutls -lsqlite3
build/seed-server: $(call objs,dynamic,$(LIB) $(CORE) $(SERVER))
	@echo "  LD $@"; $(CC) -pie -Wl,-z,relro,-z,now $^ -o $@ $(SERVER_LIBS) -lcjson -lcrypto

STATIC_INC  := -isystem $(STATIC)/include -DCURL_STATICLIB
STATIC_LIBS := -L$(STATIC)/lib -lcurl -lcares -lmnl -lblkid -lmbedtls -lmbedx509 -lmbedcrypto -lcjson -lcrypto
build/seed-agent: $(call objs,static,$(LIB) $(AGENT))
	@echo "  LD $@"; $(CC) -static -s -Wl,--gc-sections,-z,relro,-z,now -Wl,--start-group $^ -Wl,--end-group -o $@ $(STATIC_LIBS)
	@size=$$(stat -c %s $@); [ "$$size" -le 3145728 ] || { echo "$@ is $$size bytes; the limit is 3 MiB" >&2; rm $@; exit 1; }

build/seedctl: $(call objs,static,$(LIB) $(CORE) $(CTL)) build/obj/static/agent.a
	@echo "  LD $@"; $(CC) -static -s -Wl,--gc-sections,-z,relro,-z,now -Wl,--start-group $^ -Wl,--end-group -o $@ $(STATIC_LIBS)

build/runc-without-cap-sys-resource: $(call objs,static,qemu-tests/backends/namespace/runc-without-cap-sys-resource.c) build/obj/static/lib.a
	@echo "  LD $@"; $(CC) -static -s $^ -o $@ -L$(STATIC)/lib -lcjson

# A test double of kubeadm, for emulated machines only; never part of an image.
build/fake-kubeadm: $(call objs,static,$(FAKE)) $(call archives,static)
	@echo "  LD $@"; $(CC) -static -s -Wl,--gc-sections,-z,relro,-z,now -Wl,--start-group $^ -Wl,--end-group -o $@ $(STATIC_LIBS)

programs: build/seed-agent build/seed-server build/seedctl build/runc-without-cap-sys-resource build/fake-kubeadm ## seed-agent, seed-server, seedctl

layers: programs ## the squashfs layers of the default release (11 minutes cold, seconds warm)
	image/build $(RELEASE)

release: boot ## a signed archive of RELEASE for seedctl release add: build/RELEASE.tar
	scripts/release-archive $(RELEASE)

boot: layers ## kernel and initramfs of both profiles, iPXE
	initramfs/build $(RELEASE)

iso: boot ## one image for CD and USB, BIOS and UEFI; OFFLINE=1 with layers and role documents
	image/iso $(SITE) build/seedrack.iso

# --- tests ----------------------------------------------------------------------------------------------------
build/obj/san/%.o: %.c | build/deps-build build/deps-check $(STATIC)
	@$(COMPILE) $(SAN) $(STATIC_INC) -DSOURCE_ROOT='"$(CURDIR)"' -c $< -o $@

build/san/%: build/obj/san/%.o $(call archives,san)
	@mkdir -p $(@D)
	@echo "  LD $@"; $(CC) $(SAN) -Wl,--start-group $^ -Wl,--end-group -o $@ $(WRAP) -lcmocka $(STATIC_LIBS) $(SERVER_LIBS)

# The mistakes of the system that a test asks for are made at the border to libc and the libraries.
build/san/seed/test/test_allocation: WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
build/san/agent/test/test_lost_errors: WRAP := -Wl,--wrap=mnl_socket_recvfrom,--wrap=recv,--wrap=read,--wrap=poll,--wrap=opendir,--wrap=readdir,--wrap=blkid_do_probe,--wrap=fopen
build/san/agent/test/test_wipe_machine: WRAP := -Wl,--wrap=service_down,--wrap=child_run
build/san/agent/test/test_netlink: WRAP := -Wl,--wrap=mnl_socket_recvfrom
build/san/agent/test/test_host build/san/agent/test/test_host_network build/san/agent/test/test_control: WRAP := -Wl,--wrap=clock_gettime,--wrap=nanosleep
build/san/agent/test/test_client: WRAP := -Wl,--wrap=seed_request,--wrap=claim_make,--wrap=claim_keep
build/san/agent/test/test_carry: WRAP := -Wl,--wrap=rename,--wrap=unlink

build/promtool: | scripts/promtool build/deps-base
	@scripts/promtool --version >/dev/null

for-check: $(patsubst %.c,build/san/%,$(TESTS)) build/seed-server build/seedctl build/seed-agent build/fake-kubeadm build/sim build/runc-without-cap-sys-resource build/promtool build/deps-docs

check: for-check ## fast: unit, golden, contract, sanitizers, linters
	scripts/check

# The mutants sit between the record and record_next(): seed/server/ has nothing of them.
build/sim: $(call objs,static,$(SIM)) $(call archives,static)
	@echo "  LD $@"; $(CC) -Wl,-z,relro,-z,now,--wrap=record_next -Wl,--start-group $^ -Wl,--end-group -o $@ $(STATIC_LIBS) $(SERVER_LIBS)

attacks: build/seed-server build/seedctl build/seed-agent build/deps-check ## part of check: hostile hosts, seeds, certificates and requests against the real programs
	qemu-tests/contract/run _attacks _tls _limits _claims _audit _files _passwords _dashboard _process

sim: build/sim ## deterministic simulation: SEEDS=100000 runs, then every mutant; SEED=n is one run with every event
	build/sim $(if $(SEED),--seed $(SEED) --trace,--seeds $(SEEDS))

# As the agent links it: Debian's cJSON is a shared library without instrumentation.
build/fuzz/cJSON.c: configs/releases/static-libraries.json | build/deps-build
	@mkdir -p $(@D)
	tar -xOf "$$(scripts/fetch static-libraries cjson)" --wildcards '*/cJSON.c' >$@

build/obj/fuzz/build/fuzz/cJSON.o: WARN := -I$(STATIC)/include/cjson
build/obj/fuzz/% build/fuzz/%: CC := clang
build/obj/fuzz/%.o: %.c | build/deps-build $(STATIC) build/deps-fuzz
	@$(COMPILE) $(SAN) -fsanitize=fuzzer-no-link $(STATIC_INC) -DSOURCE_ROOT='"$(CURDIR)"' -c $< -o $@

build/fuzz/%: build/obj/fuzz/qemu-tests/fuzz/fuzz_%.o build/obj/fuzz/build/fuzz/cJSON.o $(call archives,fuzz)
	@mkdir -p $(@D)
	@echo "  LD $@"; clang $(SAN) -fsanitize=fuzzer -Wl,--start-group $^ -Wl,--end-group -o $@ $(STATIC_LIBS) $(SERVER_LIBS)

fuzz: $(FUZZ) ## every parser of outside bytes under libFuzzer, MINUTES=1 each
	qemu-tests/fuzz/run $$(($(MINUTES) * 60))

# Of both releases that the tests need, in one go: the second one shares what has the same version.
UPGRADE_FROM := $(shell awk '$$1 == "upgrade" {print $$5}' qemu-tests/suites.table)
programs-of-releases:
	@scripts/build-from-modules $(RELEASE) $(UPGRADE_FROM) >/dev/null
layers-to-upgrade: boot
	image/build $(UPGRADE_FROM)
ifneq ($(filter test,$(MAKECMDGOALS)),)
layers: programs-of-releases # else both would build the first one
endif

debians: programs build/deps-packages ## the fresh Debians that the package is tested in
	qemu-tests/suites/packages --fetch

# Nothing is fetched once the tests run: a suite's time is its own.
test: all layers-to-upgrade debians for-check $(FUZZ) $(patsubst %,build/deps-%,rack qemu browser npm model) ## everything, the end-to-end rack and the QEMU machines included
	qemu-tests/run-all

model: ## the proof of the bootstrap record: spin, every configuration and mutant (3 minutes)
	scripts/check-model --all

nightly: all for-check $(FUZZ) ## what is long and repeats itself, PART=boot|disks|learners|caches|images|proxy|rollout|retire|restore|space|short-lived|emulated|cuts|fuzz|sim|model|reproducible|artifacts|conformance|RELEASE[-certificates|-caches|-faults|-cuts|-init] or all; goes on where it stopped
	qemu-tests/nightly $(PART)

conformance: all build/deps-rack ## Kubernetes' own conformance tests, FOCUS=REGEX or all of them; goes on where it stopped (about an hour)
	qemu-tests/suites/conformance $(if $(FOCUS),--focus '$(subst ','\'',$(FOCUS))') $(RELEASE)

faults: all build/deps-rack build/deps-qemu build/deps-check ## the rows of the fault matrix that no suite of `make test` has, with Docker
	image/build v1.20.2 >/dev/null
	qemu-tests/suites/faults v1.20.2

reproducible: programs ## layers and initramfs of v1.20.2 twice, byte-identical
	scripts/check-reproducible

coverage: build/deps-check build/deps-build ## branches that the unit tests take, of the modules that decide
	scripts/coverage

dashboard: all build/deps-rack build/deps-browser ## the seed's page in a real Chromium beside a real rack, 200 machines, a thousand pages (3 minutes)
	qemu-tests/suites/dashboard

screenshots: all build/deps-rack build/deps-browser ## docs/screenshots anew, of seven machines that come up (2 minutes)
	qemu-tests/suites/dashboard --screenshots

figures: all build/deps-qemu ## benchmarks of booting: first line, fetching, sizes
	qemu-tests/suites/figures

qemu-init: all build/deps-qemu ## one emulated machine, real kubeadm init to Ready (8 minutes and more)
	qemu-tests/suites/init

# --- installation ---------------------------------------------------------------------------------------------
install: build/seed-server build/seedctl build/seed-agent ## programs, manual pages, unit: PREFIX=/usr/local DESTDIR=
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' scripts/install

uninstall: ## remove what make install put there
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' scripts/install --uninstall

.PHONY: FORCE install uninstall deb

deb: build/seed-server build/seedctl build/seed-agent ## the same as a Debian package: build/seedrack_VERSION_amd64.deb
	scripts/build-deb

# --- the rack -------------------------------------------------------------------------------------------------
rack: all build/deps-rack ## build all and bring the seven machines up; leaves them running
	qemu-tests/rack up --backend $(RACK) --site $(SITE)

rack-down: ## stop the rack and clean up, also after a crash
	qemu-tests/rack down

clean: ## remove build/ (the cache outside the checkout stays)
	rm -rf build

.PHONY: debians programs-of-releases layers-to-upgrade release attacks conformance for-check dashboard screenshots fuzz coverage help all programs layers check sim model faults test nightly qemu-init figures reproducible boot iso rack rack-down clean
# Not .SECONDARY: alone, which lets make take a missing object for an old one.
.SECONDARY: $(call objs,san,$(TESTS)) $(patsubst %,build/obj/fuzz/%.o,$(basename $(wildcard qemu-tests/fuzz/*.c)))
