/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rdp probe with a script in place of blackout-rdp: which facts it makes of the program's
 * lines, and what it does if the program is missing, fails, or refuses.
 */
#include "harness/base/secrets.h"
#include "harness/timeline/timeline.h"
#include "tools/components.h"
#include "tests/unit/test.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FACTS "/facts/here-desktop.tsv"

struct rdp_fixture {
	char dir[64], program[128];
	struct probe_target target;
	struct probe_config config;
	struct probe *probe;
	char *text;                /* of the facts */
	struct timeline *timeline; /* the facts, read back */
};

/*
 * The script responds to commands. The time-out of an input sent at 5000 ns has run out; that of an
 * input sent at 9e15 ns never runs out.
 */
static const char script_head[] = "#!/bin/sh\n"
				  "say() { printf '%b\\n' \"$1\"; }\n"
				  "n=0\n"
				  "while read -r command; do n=$((n + 1)); case $command in\n";

static const char refused_then_open[] =
	"open) if [ $n = 1 ]; then say '90\\tconnecting'\n"
	"say '91\\trefused\\terrno=111\\terror=ECONNREFUSED\\twhy=nobody%0Alistens'\n"
	"else say '100\\tconnecting'; say '1000\\tconnected\\ttook=900'\n"
	"say '1001\\tscreen\\twhat=typed\\thash=ab'\n"
	"say '9000000000002000\\tinput\\tseq=7\\tkind=refresh'; say '9000000000002500\\tframe\\tanswers=7'\n"
	"say '9000000000003000\\tinput\\tseq=8\\tkind=refresh'; say '9000000000004000\\tinput\\tseq=9\\tkind=key'\n"
	"say '9000000000004700\\tframe\\tanswers=9'; say '9000000000004800\\tframe\\twidth=640\\theight=480'\n"
	"say '5000\\tinput\\tseq=10\\tkind=refresh'; fi;;\n"
	"close) say '9000\\tscreen\\twhat=end\\thash=ab'; say '9001\\tstate\\tkept=yes'\n"
	"say '9002\\tclosed';;\n"
	"esac; done\n";

static const char drops[] =
	"open) say '1000\\tconnected\\ttook=900'; say '2000\\tinput\\tseq=0\\tkind=refresh'\n"
	"say '2500\\tframe\\tanswers=0'\n"
	"say '9000000000000000\\tinput\\tseq=1\\tkind=refresh'\n"
	"say '9000000000000001\\tdisconnected\\terrno=104\\terror=ECONNRESET\\twhy=reset'\n"
	"say '9000000000000002\\tconnecting'\n"
	"say '9000000000000003\\trefused\\terrno=113\\terror=EHOSTUNREACH'\n"
	"say '9000000000000004\\tconnected\\ttook=1'\n"
	"say '9000000000000005\\tstate\\tkept=no'\n"
	"say '9000000000000006\\tcertificate\\tfrom=aa\\tto=bb'\n"
	"say '9000000000000007\\terror\\ttext=odd'; say 'nonsense'\n"
	"say '9000000000000008\\tlater\\tword=1'\n"
	"say '9000000000000010\\tinput\\tseq=0\\tkind=refresh'\n"
	"say '9000000000000020\\tframe\\tanswers=0';;\n"
	"close) say '9000000000000030\\tclosed';;\n"
	"esac; done\n";

/*
 * The session is dropped while it is being closed; then the program reconnects, until the next
 * close.
 */
static const char lost_in_close[] =
	"open) say '1000\\tconnected\\ttook=900'\n"
	"say \"9000000000000${n}10\\tinput\\tseq=$n\\tkind=refresh\"\n"
	"say \"9000000000000${n}20\\tframe\\tanswers=$n\";;\n"
	"close) if [ $n = 2 ]; then say '9000000000000210\\tdisconnected\\terrno=104\\terror=ECONNRESET'\n"
	"say '9000000000000220\\tconnecting'; say '9000000000000230\\tconnected\\ttook=10'\n"
	"say '9000000000000240\\tinput\\tseq=0\\tkind=refresh'\n"
	"else say \"9000000000000${n}30\\tclosed\"; fi;;\n"
	"esac; done\n";

/* On an open the program connects, is dropped before it has sent an input, and is then refused. */
static const char lost_in_open[] =
	"open) say '1000\\tconnected\\ttook=900'; say '1001\\tdisconnected\\terrno=104\\terror=ECONNRESET'\n"
	"say '1002\\tconnecting'; say '1003\\trefused\\terrno=111\\terror=ECONNREFUSED';;\n"
	"close) say '1004\\tclosed';;\n"
	"esac; done\n";

static const char tries[] = "try) say '100\\tconnecting'; if [ $n = 1 ]; then\n"
			    "say '150\\trefused\\terrno=110\\terror=ETIMEDOUT'\n"
			    "else say '200\\tconnected\\ttook=100'; say '210\\tclosed'; fi;;\n"
			    "esac; done\n";

/* The first attempt is refused for good; after that the program makes no connection attempt. */
static const char refused_for_good[] =
	"try) if [ $n = 1 ]; then say '100\\tconnecting'; at=150; else at=${n}000; fi\n"
	"say \"$at\\trefused\\terrno=0\\terror=WRONG_PASSWORD\\twhy=wrong\\tfinal=yes\";;\n"
	"esac; done\n";

static const char dies[] = "open) kill -9 $$;; esac; done\n";

static void fixture_open(struct rdp_fixture *f, const char *commands)
{
	char facts[96];
	FILE *script;
	struct err e = {0};

	*f = (struct rdp_fixture){.target = {.number = 4, .name = "desk", .address = "127.0.0.1"}};
	snprintf(f->dir, sizeof(f->dir), "%s/blackout-rdp-XXXXXX", P_tmpdir);
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->dir));
	snprintf(f->program, sizeof(f->program), "%s/script", f->dir);
	script = fopen(f->program, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(script);
	fprintf(script, "%s%s", script_head, commands);
	fclose(script);
	CU_ASSERT_FATAL(chmod(f->program, 0700) == 0);
	snprintf(facts, sizeof(facts), "%s/facts", f->dir);
	CU_ASSERT_FATAL(dir_make(facts, &e) == 0);
	setenv("BLACKOUT_RDP", f->program, 1);
	f->config = (struct probe_config){.name = "desktop",
		.station = "here",
		.dir = f->dir,
		.clock = &clock_system,
		.interval_ns = 50 * NS_PER_MS,
		.timeout_ns = 200 * NS_PER_MS,
		.targets = &f->target,
		.target_count = 1};
	CU_ASSERT_FATAL(
		fact_log_open(&f->config.log, f->dir, "here-desktop", &clock_system, &e) == 0);
	CU_ASSERT_FATAL(probe_rdp.open(&f->probe, &f->config, &e) == 0);
	CU_ASSERT_FATAL(probe_rdp.start(f->probe, &e) == 0);
}

static void remove_files(const struct rdp_fixture *f)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s" FACTS, f->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/facts", f->dir);
	rmdir(path);
	unlink(f->program);
	rmdir(f->dir);
	unsetenv("BLACKOUT_RDP");
}

/* Stops the probe and reads its facts. */
static void fixture_stop(struct rdp_fixture *f)
{
	char path[PATH_MAX];
	struct err e = {0};

	probe_rdp.stop(f->probe, &e);
	probe_rdp.close(f->probe);
	CU_ASSERT(fact_log_close(f->config.log, "done", &e) == 0);
	snprintf(path, sizeof(path), "%s" FACTS, f->dir);
	CU_ASSERT_FATAL(file_read(path, 1 << 20, &f->text, NULL, &e) == 0);
	CU_ASSERT_FATAL(timeline_read(&f->timeline, f->dir, &e) == 0);
	remove_files(f);
}

static void fixture_free(struct rdp_fixture *f)
{
	timeline_free(f->timeline);
	free(f->text);
}

static bool has_line(const struct rdp_fixture *f, const char *line)
{
	bool found = strstr(f->text, line) != NULL;

	if (!found)
		fprintf(stderr, "\n  the facts lack: %s\n%s", line, f->text);
	return found;
}

static size_t count_of(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

/* Drains until this many inputs were sent and answered, at most 20 seconds. */
static void drain_until(
	struct rdp_fixture *f, struct probe_live *live, uint64_t sent, uint64_t answered)
{
	struct err e = {0};

	*live = (struct probe_live){0};
	for (int i = 0; i < 2000 && (live->sent < sent || live->answered < answered); i++) {
		usleep(10000);
		CU_ASSERT_FATAL(probe_rdp.drain(f->probe, live, 1, &e) == 1);
	}
}

static void test_session(void)
{
	struct rdp_fixture f;
	struct probe_live live;
	struct err e = {0};

	fixture_open(&f, refused_then_open);
	CU_ASSERT(probe_rdp.command(f.probe, "open nobody", &e) == -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "nobody"));
	CU_ASSERT(probe_rdp.command(f.probe, "dance", &e) == -1);
	CU_ASSERT(probe_rdp.command(f.probe, "open desk", &e) == -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "desk (127.0.0.1 port 3389): nobody"));
	CU_ASSERT(probe_rdp.command(f.probe, "open desk", &e) == 0);
	drain_until(&f, &live, 4, 3);
	CU_ASSERT(probe_rdp.command(f.probe, "close desk", &e) == 0);
	CU_ASSERT(live.target == 4 && live.sent == 4 && live.answered == 3);
	fixture_stop(&f);
	CU_ASSERT(has_line(&f,
		"\ttarget\t4\tname=desk\taddress=127.0.0.1\trole=vm\tkind=rdp\t"
		"probe=desktop\tstation=here\tinterval=50000000\ttimeout=200000000\n"));
	CU_ASSERT(has_line(&f, "91\tsession\t4\twhat=refused\terrno=111\terror=ECONNREFUSED\t"
			       "why=nobody%0Alistens\n"));
	CU_ASSERT(has_line(&f, "1000\tsession\t4\twhat=open\ttook=900\n"));
	CU_ASSERT(has_line(&f, "1001\tscreen\t4\twhat=typed\thash=ab\n"));
	CU_ASSERT(has_line(&f, "9000000000002500\tanswer\t4\tsent=9000000000002000\tseq=0\n"));
	/* One frame answers both inputs; seq continues independently of the program's numbers. */
	CU_ASSERT(has_line(&f, "9000000000004700\tanswer\t4\tsent=9000000000003000\tseq=1\n"));
	CU_ASSERT(has_line(&f, "9000000000004700\tanswer\t4\tsent=9000000000004000\tseq=2\n"));
	CU_ASSERT(has_line(&f, "9000000000004800\tupdate\t4\twidth=640\theight=480\n"));
	CU_ASSERT(has_line(&f, "200005000\tunanswered\t4\tsent=5000\tseq=3\n"));
	CU_ASSERT(has_line(&f, "9001\tsession\t4\twhat=state\tkept=yes\n"));
	CU_ASSERT(has_line(&f, "9002\tsession\t4\twhat=close\n"));
	CU_ASSERT(count_of(f.text, "\tunanswered\t") == 1);
	CU_ASSERT(count_of(f.text, "what=close") == 1);
	fixture_free(&f);
}

static void test_drop(void)
{
	struct rdp_fixture f;
	struct probe_live live = {0};
	struct err e = {0};

	fixture_open(&f, drops);
	CU_ASSERT(probe_rdp.command(f.probe, "open desk", &e) == 0);
	drain_until(&f, &live, 3, 2);
	fixture_stop(&f);
	CU_ASSERT(has_line(&f,
		"9000000000000001\tsession\t4\twhat=drop\terrno=104\terror=ECONNRESET\t"
		"why=reset\n"));
	/* An input of the lost session is not answered in the next one. */
	CU_ASSERT(has_line(&f, "9000000000000001\tunanswered\t4\tsent=9000000000000000\tseq=1\t"
			       "errno=104\n"));
	CU_ASSERT(has_line(&f, "9000000000000003\tsession\t4\twhat=refused\terrno=113\t"
			       "error=EHOSTUNREACH\n"));
	CU_ASSERT(has_line(&f, "9000000000000005\tsession\t4\twhat=state\tkept=no\n"));
	CU_ASSERT(has_line(&f, "9000000000000006\tnote\t-\ttext=desk: the RDP server's certificate "
			       "changed from aa to bb\n"));
	CU_ASSERT(has_line(&f, "9000000000000007\tnote\t-\ttext=desk: odd\n"));
	CU_ASSERT(has_line(&f, "text=desk: blackout-rdp printed a line that is no event\n"));
	CU_ASSERT(has_line(&f, "9000000000000020\tanswer\t4\tsent=9000000000000010\tseq=2\n"));
	CU_ASSERT(has_line(&f, "9000000000000030\tsession\t4\twhat=close\n"));
	/* The time between the two sessions is not lateness. */
	CU_ASSERT(count_of(f.text, "\tlate-tick\t") == 1);
	fixture_free(&f);
}

static void test_lost_in_close(void)
{
	struct rdp_fixture f;
	struct probe_live live = {0};
	struct err e = {0};

	fixture_open(&f, lost_in_close);
	CU_ASSERT(probe_rdp.command(f.probe, "open desk", &e) == 0);
	drain_until(&f, &live, 1, 1);
	CU_ASSERT(probe_rdp.command(f.probe, "close desk", &e) == 0);
	/* Nothing is left to close, and the next session's events are handled. */
	CU_ASSERT(probe_rdp.command(f.probe, "close desk", &e) == 0);
	CU_ASSERT(probe_rdp.command(f.probe, "open desk", &e) == 0);
	drain_until(&f, &live, 3, 2);
	CU_ASSERT(live.answered == 2);
	fixture_stop(&f);
	CU_ASSERT(has_line(
		&f, "9000000000000210\tsession\t4\twhat=drop\terrno=104\terror=ECONNRESET\n"));
	CU_ASSERT(has_line(&f, "9000000000000330\tsession\t4\twhat=close\n"));
	CU_ASSERT(has_line(&f, "9000000000000420\tanswer\t4\tsent=9000000000000410\tseq=1\n"));
	CU_ASSERT(has_line(&f, "9000000000000530\tsession\t4\twhat=close\n"));
	fixture_free(&f);
}

static void test_lost_in_open(void)
{
	struct rdp_fixture f;
	struct err e = {0};

	fixture_open(&f, lost_in_open);
	CU_ASSERT(probe_rdp.command(f.probe, "open desk", &e) == -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "ECONNREFUSED"));
	fixture_stop(&f);
	CU_ASSERT(has_line(&f, "1004\tsession\t4\twhat=close\n"));
	fixture_free(&f);
}

/* True if the fact file has at least `min` attempts. */
static bool tried(const struct rdp_fixture *f, size_t min)
{
	char path[PATH_MAX], *text;
	struct err e = {0};
	bool enough;

	snprintf(path, sizeof(path), "%s" FACTS, f->dir);
	if (file_read(path, 1 << 20, &text, NULL, &e))
		return false;
	enough = count_of(text, "\ttry\t") >= min;
	free(text);
	return enough;
}

/* Drains until there were `min` attempts, and then for long enough that another would be made. */
static void drain_until_tried(const struct rdp_fixture *f, size_t min)
{
	struct probe_live live;
	struct err e = {0};

	for (int i = 0; i < 2000 && !tried(f, min); i++) {
		usleep(10000);
		CU_ASSERT_FATAL(probe_rdp.drain(f->probe, &live, 1, &e) == 1);
		fact_log_tick(f->config.log);
	}
	usleep(400000);
	CU_ASSERT(probe_rdp.drain(f->probe, &live, 1, &e) == 1);
}

static void test_tries(void)
{
	struct rdp_fixture f;
	struct err e = {0};

	fixture_open(&f, tries);
	CU_ASSERT(probe_rdp.command(f.probe, "try desk", &e) == 0);
	CU_ASSERT(probe_rdp.command(f.probe, "try desk", &e) == 0);
	/* The second attempt succeeds: no further one is made. */
	drain_until_tried(&f, 2);
	CU_ASSERT(probe_rdp.command(f.probe, "close desk", &e) == 0);
	fixture_stop(&f);
	CU_ASSERT(has_line(
		&f, "150\ttry\t4\tfrom=100\toutcome=refused\terrno=110\terror=ETIMEDOUT\n"));
	CU_ASSERT(has_line(&f, "200\ttry\t4\tfrom=100\toutcome=connected\ttook=100\n"));
	CU_ASSERT(count_of(f.text, "\ttry\t") == 2);
	CU_ASSERT(count_of(f.text, "\tsession\t") == 0);
	fixture_free(&f);
}

/* The first command makes one attempt; the second one is recorded as given up, at its own time. */
static void test_refused_for_good(void)
{
	struct rdp_fixture f;
	struct err e = {0};

	fixture_open(&f, refused_for_good);
	for (size_t move = 1; move <= 2; move++) {
		CU_ASSERT(probe_rdp.command(f.probe, "try desk", &e) == 0);
		drain_until_tried(&f, move);
		CU_ASSERT(probe_rdp.command(f.probe, "close desk", &e) == 0);
	}
	fixture_stop(&f);
	CU_ASSERT(has_line(&f, "150\ttry\t4\tfrom=100\toutcome=refused\terror=WRONG_PASSWORD\t"
			       "why=wrong\n"));
	CU_ASSERT(has_line(&f, "2000\ttry\t4\tfrom=2000\toutcome=given-up\terror=WRONG_PASSWORD\t"
			       "why=wrong\n"));
	CU_ASSERT(count_of(f.text, "\ttry\t") == 2);
	CU_ASSERT_FATAL(f.timeline->try_count == 2);
	CU_ASSERT(!f.timeline->tries[0].given_up && f.timeline->tries[1].given_up);
	CU_ASSERT_STRING_EQUAL(f.timeline->tries[1].error, "WRONG_PASSWORD (wrong)");
	fixture_free(&f);
}

static void test_broken_program(void)
{
	struct rdp_fixture f;
	struct probe *probe;
	struct err e = {0};

	fixture_open(&f, dies);
	CU_ASSERT(probe_rdp.command(f.probe, "open desk", &e) == -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "desk: blackout-rdp died of signal 9"));
	fixture_stop(&f);
	fixture_free(&f);
	setenv("BLACKOUT_RDP", "/nowhere/blackout-rdp", 1);
	CU_ASSERT(probe_rdp.open(&probe, &f.config, &e) == -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "BLACKOUT_RDP=/nowhere/blackout-rdp cannot be run"));
	unsetenv("BLACKOUT_RDP");
}

static bool among(char *const *words, const char *word)
{
	for (; *words; words++)
		if (strcmp(*words, word) == 0)
			return true;
	return false;
}

/* Secrets are removed from the environment; only programs that need them get them. */
static void test_secrets(void)
{
	static char block[] = "BLACKOUT_RDP_PASSWORD=canary";
	struct secrets secrets;
	struct err e = {0};
	char **words;

	CU_ASSERT_EQUAL_FATAL(putenv(block), 0);
	setenv("BLACKOUT_RDP_USER", "tester", 1);
	CU_ASSERT_EQUAL_FATAL(secrets_take(&secrets, &e), 0);
	CU_ASSERT_EQUAL(secrets.count, 2);
	CU_ASSERT_STRING_EQUAL(secrets.unusable.text, "");
	CU_ASSERT_PTR_NULL(getenv("BLACKOUT_RDP_PASSWORD"));
	CU_ASSERT_STRING_EQUAL(block, "BLACKOUT_RDP_PASSWORD=");
	CU_ASSERT(!among(environ, "BLACKOUT_RDP_PASSWORD=canary"));
	words = secrets_environment(&secrets);
	CU_ASSERT_PTR_NOT_NULL_FATAL(words);
	CU_ASSERT(among(words, "BLACKOUT_RDP_PASSWORD=canary"));
	CU_ASSERT(among(words, environ[0]));
	free(words);
	secrets_release(&secrets);
	words = secrets_environment(NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(words);
	CU_ASSERT(!among(words, "BLACKOUT_RDP_PASSWORD=canary"));
	free(words);
}

/* A credentials file is read at once; a program that is started again reads it itself. */
static void test_secrets_file(void)
{
	char path[] = "/tmp/blackout-secrets-XXXXXX", named[64], **words;
	static const char text[] = "user = tester\npassword = canary\n";
	struct probe_target target = {.number = 1, .name = "desk", .address = "127.0.0.1"};
	struct secrets secrets;
	struct probe_config config = {
		.name = "desktop", .targets = &target, .target_count = 1, .secrets = &secrets};
	struct probe *probe;
	struct err e = {0};
	int fd = mkstemp(path);

	CU_ASSERT_FATAL(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	snprintf(named, sizeof(named), "BLACKOUT_RDP_CREDENTIALS=%s", path);
	setenv("BLACKOUT_RDP_CREDENTIALS", path, 1);
	CU_ASSERT_EQUAL_FATAL(secrets_take(&secrets, &e), 0);
	CU_ASSERT_EQUAL(secrets.count, 2);
	CU_ASSERT_PTR_NULL(getenv("BLACKOUT_RDP_CREDENTIALS"));
	words = secrets_environment(&secrets);
	CU_ASSERT_PTR_NOT_NULL_FATAL(words);
	CU_ASSERT(among(words, "BLACKOUT_RDP_USER=tester"));
	CU_ASSERT(among(words, "BLACKOUT_RDP_PASSWORD=canary"));
	CU_ASSERT(!among(words, named));
	free(words);
	words = secrets_environment_of_blackout(&secrets);
	CU_ASSERT_PTR_NOT_NULL_FATAL(words);
	CU_ASSERT(among(words, named));
	CU_ASSERT(!among(words, "BLACKOUT_RDP_PASSWORD=canary"));
	free(words);
	secrets_release(&secrets);

	/* If the file is unusable, the probe that needs it reports why. */
	CU_ASSERT_EQUAL_FATAL(fchmod(fd, 0640), 0);
	setenv("BLACKOUT_RDP_CREDENTIALS", path, 1);
	CU_ASSERT_EQUAL_FATAL(secrets_take(&secrets, &e), 0);
	CU_ASSERT_EQUAL(secrets.count, 0);
	CU_ASSERT_EQUAL(probe_rdp.open(&probe, &config, &e), -1);
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "probe desktop: /tmp/blackout-secrets-"));
	CU_ASSERT_PTR_NOT_NULL(strstr(e.text, "others may read it (mode 0640): chmod 600"));
	secrets_release(&secrets);
	close(fd);
	unlink(path);
}

TEST_SUITE(rdp, {"session", test_session}, {"drop", test_drop},
	{"lost in close", test_lost_in_close}, {"lost in open", test_lost_in_open},
	{"tries", test_tries}, {"refused for good", test_refused_for_good},
	{"broken program", test_broken_program}, {"secrets", test_secrets},
	{"secrets from a file", test_secrets_file});
