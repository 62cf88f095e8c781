# Short names for the usual work; CMake does the building. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
RELEASE := build/release
DEMO := experiments/drills/shanghai-region-down.json

.PHONY: help demo program build test test-full sanitize headers bench fuzz mutants mutants-truth fuzz-programs lint lint-format lint-tidy format install package clean \
  configure dependencies

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

demo: program ## build the program and play one drill: the Shanghai region goes down
	@code=0; $(RELEASE)/twinvoice run $(DEMO) || code=$$?
	case $$code in 0 | 3 | 4) ;; *) exit $$code ;; esac  # 3 and 4: played well, a promise is missed or undecided

program: configure ## build the program alone: build/release/twinvoice
	@cmake --build --preset release -j $(JOBS) --target twinvoice

build: configure ## build program and tests in build/release
	@cmake --build --preset release -j $(JOBS)

configure: dependencies
	@cmake --preset release >$(RELEASE).configure.log 2>&1 || { cat $(RELEASE).configure.log; exit 1; }

test: build ## build, then run all tests but the slow ones (suites named Full...)
	@ctest --test-dir $(RELEASE) -LE full --output-on-failure -j $(JOBS)

sanitize: dependencies ## build with the address and undefined-behaviour sanitizers, and run all tests but the slow ones there
	@cmake --preset asan-ubsan >build/asan-ubsan.configure.log 2>&1 || { cat build/asan-ubsan.configure.log; exit 1; }
	cmake --build --preset asan-ubsan -j $(JOBS)
	ctest --test-dir build/asan-ubsan -LE full --output-on-failure -j $(JOBS)

headers: dependencies ## compile every header alone
	@tests/tidy/headers_alone.sh build $(JOBS)

test-full: build ## build, then run every test
	@ctest --test-dir $(RELEASE) --output-on-failure -j $(JOBS)

# BENCH_ARGS=--quick takes half a minute, --whole-day plays all 24 hours of the national day.
bench: dependencies ## build with -O3 and run the benchmarks: a table, and build/bench/results.json
	@cmake --preset bench >build/bench.configure.log 2>&1 || { cat build/bench.configure.log; exit 1; }
	cmake --build --preset bench -j $(JOBS) --target bench
	build/bench/bench --json build/bench/results.json $(BENCH_ARGS)

FUZZ_SECONDS ?= 90
fuzz: fuzz-programs ## build with libFuzzer and run each of the three fuzz programs for FUZZ_SECONDS (90)
	tests/fuzz/run.sh build/fuzz $(FUZZ_SECONDS)

mutants: fuzz-programs ## judge 10 000 mutants of the shipped files under the sanitizers (some ten minutes)
	build/fuzz/mutants --gtest_filter='FullHostileInput.*:Workspace.*'

mutants-truth: dependencies ## check that tests catch known wrong ways of reckoning, in a build of its own
	tests/mutants/check.sh build/mutants-truth $(MUTANTS)

fuzz-programs:
	@packaging/install-dependencies.sh build lint
	cmake --preset fuzz
	cmake --build --preset fuzz -j $(JOBS) --target fuzz_programs

SOURCES := $(sort $(shell find sim models tests -name '*.[ch]pp' 2>/dev/null))

lint: lint-format lint-tidy ## clang-format, then clang-tidy on all sources

lint-format: ## clang-format alone: says what it would change
	@packaging/install-dependencies.sh format
	clang-format --dry-run -Werror $(SOURCES)

format: ## clang-format: change the files
	@packaging/install-dependencies.sh format
	clang-format -i $(SOURCES)

# Files changed against another commit: make lint-tidy FILES="$$(git diff --name-only main -- '*.cpp')"
FILES ?= $(filter sim/%.cpp models/%.cpp,$(SOURCES))
lint-tidy: ## clang-tidy alone, on FILES (default: all sources of sim/ and models/)
	@packaging/install-dependencies.sh build lint
	mkdir -p build
	cmake --preset clang >build/clang.configure.log 2>&1 || { cat build/clang.configure.log; exit 1; }
	printf '%s\n' $(FILES) | xargs -r -P $(JOBS) -n 1 tests/tidy/clang-tidy-cached.sh build/clang

install: program ## install under PREFIX (/usr/local)
	@cmake --install $(RELEASE) --prefix $(PREFIX)

package: program ## make the Debian package in build/package
	@packaging/install-dependencies.sh build package
	cpack --config $(RELEASE)/CPackConfig.cmake -B build/package
	rm -rf build/package/_CPack_Packages

clean: ## remove everything that was built
	@rm -rf build

dependencies: ## install missing Debian packages (through sudo when not root)
	@packaging/install-dependencies.sh build
	mkdir -p build
