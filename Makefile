# The commands of this project. Each installs nothing but what it says (scripts/deps.sh).
#
#   make demo     installs what is missing, builds skep, builds examples/ with it, runs one
#   make          builds skep into out/
#   make check    all tests; SANITIZE=1 with the address and undefined-behaviour sanitizers
#   make bench    compares with other tools on public BPF sources
#   make format   formats the sources
#   make install  installs; PREFIX (/usr/local) and DESTDIR as usual

JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
DESTDIR ?=

ifdef SANITIZE
BUILD := out-sanitize
SETUP := -Db_sanitize=address,undefined
else
BUILD := out
SETUP :=
endif

NINJA := ninja --quiet -C $(BUILD) -j $(JOBS)

# Configures the build; meson's report is shown only when it has something to complain about.
define setup
report=$$(meson setup $(SETUP) $(1) $(BUILD) 2>&1) || { echo "$$report" >&2; \
  echo "make: scripts/deps.sh build says and, on Debian 12, installs what is missing" >&2; \
  exit 1; }
endef

build: $(BUILD)/build.ninja
	@$(NINJA)

$(BUILD)/build.ninja:
	@$(call setup)

# Makes warnings errors, from now on in this build folder; tests want that.
strict: $(BUILD)/build.ninja
	@grep -q '"name": "werror", "value": true' $(BUILD)/meson-info/intro-buildoptions.json || \
	  { $(call setup,--reconfigure -Dwerror=true); }

demo:
	@scripts/deps.sh demo
	@$(MAKE) --no-print-directory build
	@scripts/demo.sh $(BUILD)

check:
	@scripts/deps.sh check
	@$(MAKE) --no-print-directory strict build
	@scripts/check.py --jobs $(JOBS) $(BUILD)

bench:
	@scripts/deps.sh bench
	@$(MAKE) --no-print-directory build
	@$(NINJA) slice_time tests/harness/load_run tests/harness/load_alone
	@SKEP=$(abspath $(BUILD)/skep) SLICE_TIME=$(abspath $(BUILD)/slice_time) bench/run.sh

install: $(BUILD)/build.ninja
	@$(call setup,--reconfigure -Dprefix=$(PREFIX))
	@$(NINJA)
	@meson install -C $(BUILD) --no-rebuild --quiet \
	  $(if $(DESTDIR),--destdir $(abspath $(DESTDIR)))

format:
	@scripts/deps.sh check
	@git ls-files -z -- '*.c' '*.h' ':!tests/data' ':!tests/types' | xargs -0 clang-format-19 -i

.PHONY: build strict demo check bench install format
