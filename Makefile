# make           build the service         make asan   every test, with ASan, UBSan
# make run       build it and start it     make tsan   every test, with TSan
# make check     run every test            make fuzz   fuzz the parsers, 60 s each
# make lint      what the compiler misses  make bench  against others, 10 min
# make format    lay the code out          make torture   break it, 45 min
# make clean     forget all that was built
#
# "make run PORT=8081" listens elsewhere.  WERROR=1 makes warnings fatal (CI
# does), BUILD=dir builds elsewhere, CC=clang with another compiler, V=1 shows
# the commands.  Missing Debian packages are installed first by tests/deps.sh;
# DEPS=: leaves that to you.

VERSION  = 0.1.0
BUILD   ?= build
PORT    ?= 8080
DEPS    ?= tests/deps.sh
FUZZ_SECONDS ?= 60

STD      = -std=c17 -D_GNU_SOURCE
WARN     = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wundef \
           -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wcast-qual \
           -Wwrite-strings -Wimplicit-fallthrough $(if $(WERROR),-Werror)
OPT     ?= -O2 -g
HARDEN   = -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong \
           -fstack-clash-protection -fPIE \
           $(if $(filter x86_64,$(shell uname -m)),-fcf-protection=full)
# PKG_CFLAGS and the like come from $(BUILD)/packages.mk, see below.
CPPFLAGS = -I. -I$(BUILD) $(PKG_CFLAGS) -DEVENKEEL_VERSION='"$(VERSION)"'
CFLAGS   = $(STD) $(WARN) $(OPT) $(HARDEN) $(SAN)
LDFLAGS  = -pie -Wl,-z,relro,-z,now,-z,noexecstack $(SAN)
LDLIBS   = $(PKG_LIBS) -pthread

EXE      = $(BUILD)/evenkeel
LIB      = $(BUILD)/libevenkeel.a
AID      = $(BUILD)/libtests.a
GEN      = $(BUILD)/gen
export BUILD PORT
export EVENKEEL = $(EXE)

ROOMS    = server handlers script sql
SRC      = $(wildcard $(ROOMS:%=%/*.c))
OBJ      = $(patsubst %.c,$(BUILD)/%.o,$(SRC) \
             gen/queries.c gen/migrations.c gen/embed.c)
EMBED    = script/bundle.schema.json $(GEN)/docs.html \
           $(sort $(filter-out %.c,$(wildcard web/*.*)))

# A file test_*.c or fuzz_*.c is a program; all others help these.  The quick
# ones come first, then the long ones, so that none of these is left alone.
TEST_SRC = $(wildcard tests/unit/test_*.c tests/fault/test_*.c \
             tests/api/test_*.c tests/sql/test_*.c)
FUZZ_SRC = $(wildcard tests/fuzz/fuzz_*.c)
SHIM_SRC = tests/fault/preload.c tests/bench/slow_flush.c
BENCH_SRC = $(filter-out $(SHIM_SRC),$(wildcard tests/bench/*.c))
AID_SRC  = $(filter-out $(TEST_SRC) $(FUZZ_SRC) $(SHIM_SRC) $(BENCH_SRC) \
             tests/fuzz/replay.c, $(wildcard tests/*.c tests/*/*.c))
TESTS    = $(TEST_SRC:%.c=$(BUILD)/%)
FUZZERS  = $(FUZZ_SRC:%.c=$(BUILD)/%)
BENCHES  = $(BENCH_SRC:%.c=$(BUILD)/%)
SCRIPTS  = $(wildcard tests/*/test_*.sh)
C_FILES  = $(SRC) web/docs.c $(TEST_SRC) $(FUZZ_SRC) $(AID_SRC) $(SHIM_SRC) \
           $(BENCH_SRC) $(wildcard tests/fuzz/replay.c)
H_FILES  = $(wildcard $(ROOMS:%=%/*.h) tests/*.h tests/*/*.h)

all: $(EXE)

# If make dies, so does what it runs.
run: $(EXE)
	@setpriv --pdeathsig TERM sql/run.sh

check: $(EXE) $(TESTS) $(FUZZERS)
	@tests/check.sh $(FUZZERS) $(TESTS) $(SCRIPTS)

check-unit: $(filter $(BUILD)/tests/unit/%,$(TESTS))
	@tests/check.sh $^

# Sanitizers want one process for all tests of a program.
ASAN     = BUILD=$(BUILD)/asan OPT='-O1 -g' HARDEN= \
           SAN='-fsanitize=address,undefined -fno-sanitize-recover=all \
           -fno-omit-frame-pointer'
TSAN     = BUILD=$(BUILD)/tsan OPT='-O1 -g' HARDEN= SAN=-fsanitize=thread

asan:
	@CK_FORK=no LIMIT=600 $(MAKE) check $(ASAN)

tsan:
	@CK_FORK=no LIMIT=600 $(MAKE) check $(TSAN)

FUZZ     = BUILD=$(BUILD)/fuzz CC=clang OPT='-O1 -g' HARDEN= \
           SAN=-fsanitize=fuzzer-no-link,address,undefined \
           FUZZ_MAIN=-fsanitize=fuzzer

fuzz:
	@$(MAKE) fuzzers $(FUZZ)
	@tests/fuzz.sh $(FUZZ_SECONDS) $(FUZZ_SRC:%.c=$(BUILD)/fuzz/%)

fuzzers: $(FUZZERS)

# With what a part needs beside the program: sanitizers, and a measure of what
# the fuzzers have seen.
COVERED  = BUILD=$(BUILD)/covered CC=clang OPT='-O1 -g' HARDEN= \
           SAN='-fprofile-instr-generate -fcoverage-mapping'

torture: $(EXE) $(TESTS)
	@$(MAKE) all $(ASAN)
	@$(MAKE) tests $(TSAN)
	@$(MAKE) fuzzers $(FUZZ)
	@$(MAKE) fuzzers $(COVERED)
	@tests/torture/torture.sh

tests: $(EXE) $(TESTS)

bench: $(EXE) $(BENCHES) $(BUILD)/tests/bench/slow_flush.so
	@tests/bench/bench.sh

bench-quick: $(EXE) $(BENCHES)
	@tests/bench/quick.sh
	@$(BUILD)/tests/bench/batch 2 3
	@$(BUILD)/tests/bench/words
	@$(BUILD)/tests/bench/reading
	@BUILD=$(BUILD) $(BUILD)/tests/bench/trackers

# cppcheck reads no header of a library, and must be told of macros like these.
EACH     = 'json_array_foreach(a,i,v)=for(i=0;(v=json_array_get(a,i));i++)' \
           'json_object_foreach(o,k,v)=for(k="";(v=json_object_get(o,k));)'

lint: check-rooms check-syntax check-layout
	cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr \
	    --error-exitcode=1 -I. -I$(BUILD) $(EACH:%=-D%) $(ROOMS)
	@printf '%s\n' $(SRC) | xargs -P 2 -I '{}' \
	    clang-tidy --quiet '{}' -- $(STD) $(CPPFLAGS)
	shellcheck .ci/run $(wildcard *.sh */*.sh */*/*.sh)

# Which room may know which: see the map in the README.
check-rooms:
	@! grep -nE '#include "(server|handlers|sql)/' script/*.[ch]
	@! grep -nE '#include "(server|handlers)/' sql/*.[ch]
	@! grep -nE '#include "(handlers|script|sql)/' \
	    $(filter-out server/main.c server/cli%,$(wildcard server/*.[ch]))
	@! grep -n 'microhttpd\.h' $(filter-out server/% \
	    tests/bench/bare.c,$(C_FILES) $(H_FILES))
	@! grep -n 'libpq-fe\.h' $(filter-out sql/%,$(SRC)) tests/unit/*.[ch]

# Both compilers, and every header on its own: as if a file included only it.
check-syntax: $(GEN)/queries.h
	@for cc in gcc clang; do \
	    printf '%s\n' $(C_FILES) | xargs -P 2 -I '{}' \
	    $$cc $(STD) $(WARN) -Werror $(CPPFLAGS) $(CHECK_CFLAGS) \
	    -fsyntax-only '{}' && \
	    printf '%s\n' $(H_FILES) | xargs -P 2 -I '{}' \
	    $$cc $(STD) $(WARN) -Werror $(CPPFLAGS) $(CHECK_CFLAGS) \
	    -fsyntax-only -include '{}' -x c /dev/null || exit 1; done

check-layout:
	@clang-format --dry-run -Werror $(C_FILES) $(H_FILES)

format:
	@clang-format -i $(C_FILES) $(H_FILES)

clean:
	rm -rf $(BUILD)

$(EXE): $(BUILD)/server/main.o $(LIB)
	$(call do,ld,$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS))

$(LIB): $(filter-out $(BUILD)/server/main.o,$(OBJ)) $(ROOMS)
	$(call do,ar,rm -f $@ && $(AR) rcs $@ $(filter %.o,$^))

$(AID): $(AID_SRC:%.c=$(BUILD)/%.o)
	$(call do,ar,rm -f $@ && $(AR) rcs $@ $^)

$(TESTS) $(filter-out %/bare,$(BENCHES)): $(BUILD)/%: \
    $(BUILD)/%.o $(AID) $(LIB)
	$(call do,ld,$(CC) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(LDLIBS))

# Nothing of ours in it, not even a queue_response() of our own.
$(BUILD)/tests/bench/bare: $(BUILD)/%: $(BUILD)/%.o
	$(call do,ld,$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS))

# This one stands between the code and its memory, to take it away.
$(BUILD)/tests/unit/test_memory: \
    LDFLAGS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc

# And this one between a whole process and its memory.  Without a sanitizer of
# its own, whose place it takes: see the header.
$(BUILD)/tests/fault/scarce.so: tests/fault/preload.c tests/fault/scarce.h \
    Makefile
	$(call do,ld,$(CC) -I. $(STD) $(WARN) $(OPT) -fPIC -fno-builtin -shared \
	    -o $@ $<)

$(BUILD)/tests/bench/slow_flush.so: tests/bench/slow_flush.c Makefile
	$(call do,ld,$(CC) $(STD) $(WARN) $(OPT) -fPIC -shared -o $@ $<)

$(BUILD)/tests/fault/test_alloc: | $(BUILD)/tests/fault/scarce.so

# In a normal build a fuzz target only replays its corpus.
FUZZ_MAIN ?= $(BUILD)/tests/fuzz/replay.o
$(FUZZERS): $(BUILD)/%: $(BUILD)/%.o $(LIB) $(filter %.o,$(FUZZ_MAIN))
	$(call do,ld,$(CC) $(LDFLAGS) -o $@ $< $(FUZZ_MAIN) $(LIB) $(LDLIBS))

$(BUILD)/%.o: %.c Makefile | $(GEN)/queries.h
	$(call do,cc,$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<)

$(BUILD)/tests/%.o: CPPFLAGS += $(CHECK_CFLAGS)

$(BUILD)/%.o: $(BUILD)/%.c Makefile | $(GEN)/queries.h
	$(call do,cc,$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<)

# A folder is newer than what was made from it once a file comes or goes.
$(GEN)/queries.h $(GEN)/queries.c: $(wildcard sql/queries/*.sql) sql/queries
$(GEN)/migrations.c: $(wildcard sql/migrations/*.sql) sql/migrations

$(GEN)/queries.h $(GEN)/queries.c $(GEN)/migrations.c: sql/embed.awk
	$(call do,awk,awk -f sql/embed.awk -v what=$(AWK_WHAT) $(sort $(filter %.sql,$^)) >$@)

$(GEN)/queries.h: AWK_WHAT = header
$(GEN)/queries.c: AWK_WHAT = queries
$(GEN)/migrations.c: AWK_WHAT = migrations

$(GEN)/embed.c: $(EMBED) script/embed.sh
	$(call do,embed,sh script/embed.sh $(EMBED) >$@)

# The page at /docs, of openapi.json.
$(BUILD)/docs: web/docs.c Makefile
	$(call do,cc,$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $< $(LDLIBS))

$(GEN)/docs.html: web/openapi.json $(BUILD)/docs
	$(call do,docs,$(BUILD)/docs $< >$@)

# $(call do,verb,command): say what is made, or with V=1 how.
do = @mkdir -p $(@D)$(if $(V),,; echo '$(1) $@')$(newline)	$(if $(V),,@)$(2)
define newline


endef

# What is asked of Debian depends on the goal.  Looked at each time (it takes
# 20 ms); make begins again when what pkg-config says has changed.
GOALS   := $(or $(MAKECMDGOALS),all)
GROUPS   = run $(if $(filter check% asan tsan tests fuzz% lint torture,$(GOALS)),\
           check) $(if $(filter lint check-syntax check-layout,$(GOALS)),lint) \
           $(if $(filter bench%,$(GOALS)),bench) \
           $(if $(filter fuzz torture,$(GOALS)),fuzz) \
           $(if $(filter torture,$(GOALS)),torture rehearse)
PKGS     = libmicrohttpd jansson libpq libutf8proc nettle

$(BUILD)/packages.mk: FORCE
	@$(DEPS) $(GROUPS)
	@mkdir -p $(@D)
	@{ echo "PKG_CFLAGS = $$(pkg-config --cflags $(PKGS))"; \
	   echo "PKG_LIBS = $$(pkg-config --libs $(PKGS))"; \
	   echo "CHECK_CFLAGS = $$(pkg-config --cflags check 2>/dev/null)"; \
	   echo "CHECK_LIBS = $$(pkg-config --libs check 2>/dev/null)"; } >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

ifneq ($(filter-out clean format,$(GOALS)),)
include $(BUILD)/packages.mk
endif
-include $(OBJ:.o=.d) $(C_FILES:%.c=$(BUILD)/%.d)

.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: FORCE all run check check-unit asan tsan fuzz fuzzers tests torture \
    bench bench-quick lint check-rooms check-syntax check-layout format clean
