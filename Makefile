# SPDX-License-Identifier: GPL-3.0-or-later
# make V=1 shows the commands; DEVELOPER=1 makes warnings errors; SANITIZE=address,undefined|thread;
# WITHOUT=WORD,… leaves out what needs a library (the words are below); the tests need all of them.

B ?= build
CC ?= gcc
WINDOWS_CC ?= x86_64-w64-mingw32-gcc-posix
PKG_CONFIG ?= pkg-config
PREFIX ?= /usr/local
V ?= 0
ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-7s %s\n'
endif

# What each word of WITHOUT leaves out: libraries, and sources that use them or are of no use then. Where
# the others cannot do without a file, its stand-in NAME_absent.c comes instead.
# A component's row stays: plans that name it are read all the same.
code_of = $(filter-out %/component.c,$(wildcard $1/*.c))
OPTIONAL := libvirt mnl ncurses oping pcap rdp
libvirt_libs := libvirt
libvirt_sources := $(call code_of,harness/drivers/libvirt) harness/sites/lab/% \
	$(addprefix tools/commands/,init.c lab.c migration_precheck.c)
mnl_libs := libmnl
mnl_sources := $(call code_of,probes/neighbour)
ncurses_sources := tools/live/screen.c
oping_libs := liboping
oping_sources := $(call code_of,probes/ping)
pcap_libs := libpcap
pcap_sources := harness/packet/pcap_file.c $(call code_of,probes/capture)
rdp_sources := $(call code_of,probes/rdp)
comma := ,
space := $(subst ,, )
LEFT_OUT := $(subst $(comma), ,$(WITHOUT))
ifneq ($(filter-out $(OPTIONAL),$(LEFT_OUT)),)
$(error WITHOUT: $(filter-out $(OPTIONAL),$(LEFT_OUT)) cannot be left out; what can: $(OPTIONAL))
endif
BUILT_IN := $(filter-out $(LEFT_OUT),$(OPTIONAL))
NCURSES := $(if $(filter ncurses,$(BUILT_IN)),ncursesw)
FREERDP := $(if $(filter rdp,$(BUILT_IN)),freerdp2 winpr2)

LIBS := $(foreach word,$(BUILT_IN),$($(word)_libs)) gsl jansson libcap-ng libmd libxml-2.0
# What pkg-config has to say is shown where something is compiled: see $(B)/flags.
CPPFLAGS += -D_GNU_SOURCE -I. $(LEFT_OUT:%=-DWITHOUT_%) -DBLACKOUT_WITHOUT=$(subst $(space),$(comma),$(strip $(LEFT_OUT))) $(shell $(PKG_CONFIG) --cflags $(LIBS) 2>/dev/null)
CFLAGS ?= -O2 -g
CFLAGS += -std=c11 -Wall -Wextra -MMD -MP -pthread
# The flags of ncursesw would only set _XOPEN_SOURCE to an older one, everywhere.
LDLIBS += $(shell $(PKG_CONFIG) --libs $(LIBS) $(NCURSES) 2>/dev/null) -lm -pthread
ifdef DEVELOPER
CFLAGS += -Wconversion -Werror
endif
ifdef SANITIZE
CFLAGS += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=$(SANITIZE)
endif

# tools/blackout.c makes the tables of components (tools/components.h); tests link all the others.
# What comes into a guest, and what both programs there are made of.
GUEST_COMMON := $(addprefix tools/guest/common/,line_buffer.c workload_request.c)
GUEST_LINES := $(GUEST_COMMON) tools/guest/common/control_request.c
GUEST_SHARED := $(GUEST_COMMON) tools/guest/common/platform.c
GUEST_WORKLOAD := $(filter-out %/main.c,$(wildcard tools/guest/workload/*.c))
GUEST_PARTS := $(GUEST_SHARED) $(GUEST_WORKLOAD)
GUEST_HEADERS := $(wildcard tools/guest/*/*.h) harness/ops/guest_agent.h
PARTS := $(filter-out tools/blackout.c tools/guest/% probes/rdp/helper/% %_absent.c \
	$(foreach word,$(LEFT_OUT),$($(word)_sources)), \
	$(sort $(shell find harness probes reports tools -name '*.c'))) \
	$(wildcard $(patsubst %.c,%_absent.c,$(filter %.c,$(foreach word,$(LEFT_OUT),$($(word)_sources)))))
UNITS := $(sort $(shell find tests/unit -name '*.c')) \
	$(filter-out tests/fuzz/main.c,$(wildcard tests/fuzz/*.c))
PROPERTY_OBJECTS := $(patsubst %.c,$(B)/%.o,$(wildcard tests/property/*.c))
FUZZED := pcap icmp facts control
FUZZ_S ?= 30
PART_OBJECTS := $(PARTS:%.c=$(B)/%.o)
# What base.h declares, for the programs that link little else.
BASE_OBJECTS := $(addprefix $(B)/harness/base/,error.o clock.o quantity.o array.o file.o directory.o text.o)
UNIT_OBJECTS := $(UNITS:%.c=$(B)/%.o) $(patsubst %.c,$(B)/%.o,$(sort $(GUEST_PARTS) $(GUEST_LINES))) \
	$(B)/probes/rdp/helper/input_queue.o $(B)/probes/rdp/helper/typed_text.o

# The remote-desktop session is a program of its own: libfreerdp is nobody else's dependency.
RDP := $(if $(FREERDP),$(B)/blackout-rdp)
RDP_OBJECTS := $(patsubst %.c,$(B)/%.o,$(wildcard probes/rdp/helper/*.c))
# Foreign headers, whose warnings are not ours; private: the file of flags is everyone's.
RDP_CPPFLAGS := $(patsubst -I%,-isystem %,$(if $(FREERDP),$(shell $(PKG_CONFIG) --cflags $(FREERDP) 2>/dev/null)))
$(RDP_OBJECTS): private CPPFLAGS += $(RDP_CPPFLAGS)

all: $(B)/blackout $(B)/agent $(B)/install $(RDP) $(B)/compile_commands.json

$(B)/blackout: $(PART_OBJECTS) $(B)/tools/blackout.o
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/blackout-rdp: $(RDP_OBJECTS) $(BASE_OBJECTS) $(addprefix $(B)/harness/,base/credentials.o facts/facts.o facts/vocabulary.o)
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs $(FREERDP) libmd) -lm -pthread

$(B)/unit-tests: $(PART_OBJECTS) $(UNIT_OBJECTS)
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lz $(shell $(PKG_CONFIG) --libs cunit)

# What runs in guests: static, without the harness and the sanitizers. The agent is the guest's process
# 1; the installation program is also a Windows one (`make windows`).
GUEST_CFLAGS = -std=c11 -D_GNU_SOURCE -I. -O2 -g -Wall -Wextra $(if $(DEVELOPER),-Wconversion -Werror) \
	-static -pthread
$(B)/agent: $(wildcard tools/guest/agent/*.c) tools/guest/common/control_request.c $(GUEST_SHARED) $(GUEST_HEADERS)
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) -o $@ $(filter %.c,$^)

$(B)/install: tools/guest/workload/main.c $(GUEST_PARTS) $(GUEST_HEADERS)
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) -o $@ $(filter %.c,$^) -lz

$(B)/install.exe: tools/guest/workload/main.c $(GUEST_PARTS) $(GUEST_HEADERS)
	$(say) CC $@
	$(Q)mkdir -p $(@D)
	$(Q)$(WINDOWS_CC) $(GUEST_CFLAGS) -o $@ $(filter %.c,$^) -lz

$(B)/agent-say: $(B)/tests/cli/agent_say.o
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/responder: $(PART_OBJECTS) $(B)/tests/responder/responder.o
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/probe-once: $(PART_OBJECTS) $(B)/tests/responder/probe_once.o
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/fuzz-%: $(PART_OBJECTS) $(GUEST_LINES:%.c=$(B)/%.o) $(B)/tests/fuzz/%.o tests/fuzz/main.c
	$(say) LD $@
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -DFUZZ=fuzz_$* -o $@ $^ $(LDLIBS)

$(B)/make-captures: $(BASE_OBJECTS) $(B)/tests/unit/capture_world.o $(B)/tests/golden/captures/make.o
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/outages: $(PART_OBJECTS) $(B)/tests/bench/outages.o
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/statistics: $(PART_OBJECTS) $(B)/tests/bench/statistics.o
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# Random series of known truth through every path from bytes to verdicts (tests/property/oracle.h). A few
# of each path are in `check` (tests/cli/bounds.bats), 20,000 in `check-long`; tests/property/mutants.sh tells
# which known defects it finds.
$(B)/property: $(PART_OBJECTS) $(PROPERTY_OBJECTS)
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/%.o: %.c $(B)/flags
	$(say) CC $<
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# Objects made with other flags are made anew. No object is made while a library is missing.
$(B)/flags: FORCE
	$(Q)$(PKG_CONFIG) --print-errors --exists $(LIBS) $(NCURSES) $(FREERDP) || { echo "\`make setup\` \
	installs what is missing; \`make WITHOUT=WORD,...\` builds without: $(OPTIONAL)" >&2; exit 1; }
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' | cmp -s - $@ || echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' >$@

# The flags of each source file. clangd finds this file in build/; clang-tidy is given it.
SOURCES := $(sort $(shell find harness probes reports tools tests -name '*.c'))
$(B)/compile_commands.json: $(B)/flags Makefile $(SOURCES)
	$(say) GEN $@
	$(Q){ separator='['; for f in $(SOURCES); do \
		case $$f in *rdp*) own='$(RDP_CPPFLAGS)' ;; */fuzz/main.c) own=-DFUZZ=fuzz_pcap ;; *) own= ;; esac; \
		printf '%s\n{"directory": "$(CURDIR)", "file": "%s", "command": "%s %s -c %s"}' "$$separator" "$$f" \
			'$(subst ",\",$(CC) $(CPPFLAGS) $(CFLAGS))' "$$own" "$$f"; \
		separator=,; done; printf '\n]\n'; } >$@

# What a fresh machine lacks is installed first; the libraries' flags are known only after that, so the
# rest is another make.
setup:
	$(Q)tools/setup.sh

setup-check:
	$(Q)tools/setup.sh check

setup-tidy:
	$(Q)tools/setup.sh tidy

setup-windows:
	$(Q)tools/setup.sh windows

setup-bench:
	$(Q)tools/setup.sh bench

guest: $(B)/agent $(B)/install
	$(Q)tools/guest/image/build.sh $(B)/guest

# Into $(DESTDIR)$(PREFIX), with the lab's guest images where `make guest` made them.
install: all
	$(Q)B='$(B)' PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' tools/install.sh install

uninstall:
	$(Q)B='$(B)' PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' tools/install.sh uninstall

# The installation program for a Windows guest: $(B)/install.exe.
windows: setup-windows
	$(Q)$(MAKE) --no-print-directory $(B)/install.exe

demo verify: setup
	$(Q)$(MAKE) --no-print-directory all guest
	$(Q)tools/plan.sh $(B)/blackout plans/$@.ini
	$(Q)if [ $@ = verify ]; then tools/plan.sh $(B)/blackout plans/install.ini; fi

check: setup-check
	$(Q)$(MAKE) --no-print-directory all guest $(B)/unit-tests $(B)/agent-say \
		$(B)/responder $(B)/probe-once $(B)/property $(B)/null/blackout
	$(Q)B=$(B) CC="$(CC)" tests/run.sh tests/cli

# The tests of `check`, and those that take longer than a person waits.
check-long: check
	$(Q)B=$(B) CC="$(CC)" tests/run.sh tests/long

# What it costs and how exact it is, beside peers in the same run: a table, nothing asserted. Needs root.
bench: setup-bench
	$(Q)$(MAKE) --no-print-directory all $(B)/responder $(B)/probe-once $(B)/outages
	$(Q)B=$(B) tests/bench/run.sh

# How often `compare` errs, on simulated pairs of plans: the table of docs/statistics.md. Some minutes.
statistics: setup
	$(Q)$(MAKE) --no-print-directory $(B)/statistics
	$(Q)$(B)/statistics

# The program with a platform and a probe more: a folder, and one row in a copy of the list of components.
NULL_SOURCES := $(wildcard tests/null_components/*.c)
$(B)/null/tools/components.h: tools/components.h Makefile
	$(Q)mkdir -p $(@D)
	$(Q)sed 's/^\tWORKLOAD(command, ALWAYS)$$/& PLATFORM(null, ALWAYS) PROBE(null, ALWAYS)/' $< >$@

$(B)/null/blackout: $(filter-out $(B)/tools/plan_components.o,$(PART_OBJECTS)) $(B)/null/tools/components.h \
		tools/blackout.c tools/plan_components.c $(NULL_SOURCES) tests/null_components/component.h
	$(say) CC $@
	$(Q)$(CC) -I$(B)/null $(CPPFLAGS) $(filter-out -MMD -MP,$(CFLAGS)) $(LDFLAGS) -o $@ \
		$(filter-out %.h,$^) $(LDLIBS)

# Built in by the assembler, so the compiler's list of dependencies does not know them.
$(B)/reports/common/reference.o: $(wildcard reports/reference/*.csv)

# Arbitrary bytes into what reads captures, answers and facts, FUZZ_S seconds each. What is found new
# stays in the build folder; what once crashed goes into tests/fuzz/corpus, which `check` reads.
fuzz:
	$(Q)$(MAKE) --no-print-directory B=$(B)/fuzz CC=clang \
		SANITIZE=address,undefined,fuzzer-no-link $(FUZZED:%=$(B)/fuzz/fuzz-%)
	$(Q)set -e; for t in $(FUZZED); do mkdir -p $(B)/fuzz/found-$$t; $(B)/fuzz/fuzz-$$t \
		-max_total_time=$(FUZZ_S) -rss_limit_mb=3072 -timeout=20 -print_final_stats=1 \
		-artifact_prefix=$(B)/fuzz/ $(B)/fuzz/found-$$t tests/fuzz/corpus/$$t; done

# The unit tests under ThreadSanitizer, which wants its addresses where it is used to them: so can
# $(B)/tsan/blackout be run, with the same TSAN_OPTIONS.
tsan:
	$(Q)$(MAKE) --no-print-directory B=$(B)/tsan SANITIZE=thread $(B)/tsan/unit-tests $(B)/tsan/blackout
	$(Q)TSAN_OPTIONS="suppressions=$(CURDIR)/tests/tsan.supp" setarch -R $(B)/tsan/unit-tests

# clang-format and clang-tidy of Debian 12; another version has another opinion.
CLANG_FORMAT ?= clang-format-14
CLANG_TIDY ?= clang-tidy-14
RUN_CLANG_TIDY ?= run-clang-tidy-14
FORMATTED := $(sort $(shell find harness probes reports tools tests -name '*.[ch]'))

format:
	$(Q)$(CLANG_FORMAT) -i $(FORMATTED)

format-check:
	$(Q)$(CLANG_FORMAT) --dry-run --Werror $(FORMATTED) || { echo "\`make format\` puts this right" >&2; exit 1; }

# The whole tree takes long; TIDY='^harness/plan/' is a regular expression of paths. TIDY_JOBS at a time.
TIDY ?= .
TIDY_JOBS ?= 1
tidy: setup-tidy
	$(Q)$(MAKE) --no-print-directory $(B)/compile_commands.json
	$(Q)$(RUN_CLANG_TIDY) -clang-tidy-binary $(CLANG_TIDY) -quiet -j $(TIDY_JOBS) -p $(B) '$(TIDY)'

clean:
	$(Q)rm -rf $(B)

FORCE:
.PHONY: all setup setup-check setup-bench setup-tidy setup-windows format format-check tidy windows guest install uninstall demo verify check check-long bench statistics fuzz tsan clean FORCE
-include $(PART_OBJECTS:.o=.d) $(RDP_OBJECTS:.o=.d) $(UNIT_OBJECTS:.o=.d) $(PROPERTY_OBJECTS:.o=.d) $(B)/tools/blackout.d
