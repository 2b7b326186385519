/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The probe engine without sockets that need privileges: the ring of records, echo messages,
 * frames, what the recorder writes; and the session probe with an agent on loopback.
 */
#include "harness/ops/guest_agent.h"
#include "probes/engine/frame_sender.h"
#include "probes/engine/icmp.h"
#include "probes/engine/lateness.h"
#include "probes/engine/recorder.h"
#include "tools/components.h"
#include "tests/unit/test.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void *fill_ring(void *arg)
{
	struct record_ring *ring = arg;

	for (uint64_t i = 0; i < 100000; i++)
		record_put(ring, &(struct record){.seq = i});
	return NULL;
}

static void test_ring_keeps_order_and_counts_what_it_loses(void)
{
	struct record_ring ring;
	struct record r;
	uint64_t got = 0, next = 0, lost;
	pthread_t writer;
	bool ordered = true;

	CU_ASSERT_FATAL(record_ring_init(&ring, 1000) == 0);
	for (int i = 0; i < 1030; i++)
		record_put(&ring, &(struct record){.seq = (uint64_t)i});
	CU_ASSERT(atomic_load(&ring.lost) == 6);
	for (; record_take(&ring, &r); got++)
		ordered &= r.seq == got;
	CU_ASSERT(got == 1024 && ordered);
	atomic_store(&ring.lost, 0);
	CU_ASSERT_FATAL(pthread_create(&writer, NULL, fill_ring, &ring) == 0);
	for (got = 0; got + atomic_load(&ring.lost) < 100000;)
		while (record_take(&ring, &r)) {
			ordered &= r.seq >= next;
			next = r.seq + 1;
			got++;
		}
	pthread_join(writer, NULL);
	lost = atomic_load(&ring.lost);
	CU_ASSERT(ordered && got + lost == 100000);
	record_ring_release(&ring);
}

/* Wraps an ICMP message from 10.0.0.2 into IPv4, as a raw socket returns it; returns its size. */
static size_t wrap_ipv4(uint8_t *packet, const uint8_t *icmp, size_t size)
{
	const uint8_t header[20] = {0x45, [9] = 1, [12] = 10, [15] = 2, [16] = 10, [19] = 1};

	memcpy(packet, header, 20);
	memcpy(packet + 20, icmp, size);
	return 20 + size;
}

static void set_checksum(uint8_t *icmp, size_t size)
{
	uint32_t sum = 0;

	icmp[2] = icmp[3] = 0;
	for (size_t i = 0; i < size; i += 2)
		sum += (uint32_t)(icmp[i] << 8 | icmp[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	icmp[2] = (uint8_t)(~sum >> 8);
	icmp[3] = (uint8_t)~sum;
}

static void test_echo_answers_are_ours_or_foreign(void)
{
	const struct icmp_echo echo = {
		.ident = 0xabcd, .cookie = 0x1122334455667788, .seq = 0x123456789a, .target = 7};
	uint8_t icmp[ICMP_PACKET_BYTES], packet[128];
	struct icmp_reply reply;
	size_t size;

	icmp_build(AF_INET, &echo, icmp);
	size = wrap_ipv4(packet, icmp, sizeof(icmp));
	icmp_parse(AF_INET, packet, size, echo.ident, echo.cookie, &reply);
	CU_ASSERT(reply.what == ICMP_FOREIGN); /* a request is no answer */
	icmp[0] = 0;
	set_checksum(icmp, sizeof(icmp));
	size = wrap_ipv4(packet, icmp, sizeof(icmp));
	icmp_parse(AF_INET, packet, size, echo.ident, echo.cookie, &reply);
	CU_ASSERT(reply.what == ICMP_ANSWER);
	CU_ASSERT(reply.echo.seq == echo.seq && reply.echo.target == 7);
	icmp_parse(AF_INET, packet, size, echo.ident, echo.cookie + 1, &reply);
	CU_ASSERT(reply.what == ICMP_FOREIGN); /* forged */
	icmp_parse(AF_INET, packet, size, 0xabce, echo.cookie, &reply);
	CU_ASSERT(reply.what == ICMP_FOREIGN);
	for (size_t cut = 0; cut < size; cut++) {
		icmp_parse(AF_INET, packet, cut, echo.ident, echo.cookie, &reply);
		CU_ASSERT(reply.what == ICMP_FOREIGN);
	}
	packet[60] ^= 1;
	icmp_parse(AF_INET, packet, size, echo.ident, echo.cookie, &reply);
	CU_ASSERT(reply.what == ICMP_FOREIGN); /* damaged */
	/* A ping socket returns a checked message without the IP header. */
	icmp_parse_message(AF_INET, icmp, sizeof(icmp), echo.ident, echo.cookie, &reply);
	CU_ASSERT(reply.what == ICMP_ANSWER && reply.echo.target == 7);
	for (size_t cut = 0; cut < sizeof(icmp); cut++) {
		icmp_parse_message(AF_INET, icmp, cut, echo.ident, echo.cookie, &reply);
		CU_ASSERT(reply.what == ICMP_FOREIGN);
	}
	icmp_build(AF_INET6, &echo, icmp);
	icmp[0] = 129;
	icmp_parse(AF_INET6, icmp, sizeof(icmp), echo.ident, echo.cookie, &reply);
	CU_ASSERT(reply.what == ICMP_ANSWER && reply.echo.seq == echo.seq);
}

static void test_errors_name_the_request_they_quote(void)
{
	const struct icmp_echo echo = {.ident = 0xabcd, .cookie = 42, .seq = 70000, .target = 3};
	uint8_t request[ICMP_PACKET_BYTES], error[8 + 20 + ICMP_PACKET_BYTES] = {3, 1}, packet[160];
	const uint8_t destination[4] = {10, 0, 0, 1};
	struct icmp_reply reply;
	size_t size;

	icmp_build(AF_INET, &echo, request);
	wrap_ipv4(error + 8, request, sizeof(request));
	set_checksum(error, sizeof(error));
	size = wrap_ipv4(packet, error, sizeof(error));
	icmp_parse(AF_INET, packet, size, echo.ident, echo.cookie, &reply);
	CU_ASSERT(reply.what == ICMP_REFUSED && reply.type == 3 && reply.code == 1);
	CU_ASSERT(!reply.short_quote && reply.echo.seq == 70000 && reply.echo.target == 3);
	CU_ASSERT(memcmp(reply.quoted, destination, 4) == 0);
	/* A router that quotes only 8 bytes gives the low 16 bits of the seq. */
	set_checksum(error, 8 + 20 + 8);
	size = wrap_ipv4(packet, error, 8 + 20 + 8);
	icmp_parse(AF_INET, packet, size, echo.ident, echo.cookie, &reply);
	CU_ASSERT(reply.what == ICMP_REFUSED && reply.short_quote);
	CU_ASSERT(reply.echo.seq == (70000 & 0xffff));
	icmp_parse(AF_INET, packet, size, 1, echo.cookie, &reply);
	CU_ASSERT(reply.what == ICMP_FOREIGN);
}

static void test_frames_name_their_sender(void)
{
	struct frame_host hosts[2] = {0};
	uint8_t arp[42] = {[0] = 0xff,
		[6] = 2,
		[11] = 9,
		[12] = 8,
		[13] = 6,
		[15] = 1,
		[16] = 8,
		[18] = 6,
		[19] = 4,
		[21] = 1,
		[22] = 2,
		[27] = 9,
		[28] = 10,
		[31] = 5,
		[38] = 10,
		[41] = 6};
	uint8_t rarp[42] = {[6] = 2, [11] = 9, [12] = 0x80, [13] = 0x35};
	enum sighting_kind what;

	CU_ASSERT(icmp_address_parse(&hosts[0].address, "10.0.0.4") == 0);
	CU_ASSERT(icmp_address_parse(&hosts[1].address, "10.0.0.5") == 0);
	/* While no host's MAC is known, the RARP's sender is unknown. */
	CU_ASSERT(frame_sender(hosts, 2, rarp, sizeof(rarp), &what) == -1);
	CU_ASSERT(frame_sender(hosts, 2, arp, sizeof(arp), &what) == 1 && what == SIGHTING_FRAME);
	CU_ASSERT(hosts[1].mac_known && hosts[1].mac[5] == 9);
	CU_ASSERT(frame_sender(hosts, 2, rarp, sizeof(rarp), &what) == 1 && what == SIGHTING_RARP);
	arp[41] = 5;
	CU_ASSERT(frame_sender(hosts, 2, arp, sizeof(arp), &what) == 1 && what == SIGHTING_GARP);
	for (size_t cut = 0; cut < sizeof(arp); cut++)
		frame_sender(hosts, 2, arp, cut, &what);
	CU_ASSERT(frame_mac_parse(hosts[0].mac, "52:54:00:0a:0b:0c") == 0);
	CU_ASSERT(hosts[0].mac[5] == 0x0c);
	CU_ASSERT(frame_mac_parse(hosts[0].mac, "52:54:00:0a:0b") == -1);
	CU_ASSERT(frame_mac_parse(hosts[0].mac, "52:54:00:0a:0b:0c:0d") == -1);
}

/* A result folder, and the text of the fact file that a probe or a recorder has written there. */
struct engine_fixture {
	char dir[64];
	struct probe_target target;
	struct probe_config config;
	char *text;
};

static void fixture_open(struct engine_fixture *f, int64_t interval_ns)
{
	struct err e = {0};
	char facts[80];

	*f = (struct engine_fixture){.dir = "/tmp/blackout-unit-XXXXXX"};
	CU_ASSERT_FATAL(mkdtemp(f->dir) != NULL);
	snprintf(facts, sizeof(facts), "%s/facts", f->dir);
	CU_ASSERT_FATAL(dir_make(facts, &e) == 0);
	f->target = (struct probe_target){.number = 4, .name = "desk", .address = "127.0.0.1"};
	f->config = (struct probe_config){.name = "fine",
		.station = "here",
		.dir = f->dir,
		.clock = &clock_system,
		.interval_ns = interval_ns,
		.timeout_ns = 50 * NS_PER_MS,
		.targets = &f->target,
		.target_count = 1};
	CU_ASSERT_FATAL(fact_log_open(&f->config.log, f->dir, "here-fine", &clock_system, &e) == 0);
}

static void fixture_read(struct engine_fixture *f)
{
	struct err e = {0};
	char path[96];

	CU_ASSERT(fact_log_close(f->config.log, "done", &e) == 0);
	snprintf(path, sizeof(path), "%s/facts/here-fine.tsv", f->dir);
	CU_ASSERT_FATAL(file_read(path, 1 << 20, &f->text, NULL, &e) == 0);
	unlink(path);
	snprintf(path, sizeof(path), "%s/facts", f->dir);
	rmdir(path);
	rmdir(f->dir);
}

static unsigned count_of(const char *text, const char *word)
{
	unsigned n = 0;

	for (const char *p = text; (p = strstr(p, word)); p++)
		n++;
	return n;
}

static void put_probe(struct record_ring *ring, uint64_t seq, bool answered)
{
	int64_t sent = (int64_t)seq * 500 * NS_PER_US + NS_PER_S;

	record_put(ring,
		&(struct record){.kind = answered ? RECORD_ANSWER : RECORD_UNANSWERED,
			.seq = seq,
			.sent_ns = sent,
			.reported_ns = NS_NONE,
			.ns = answered ? sent + 101000 - (int64_t)seq : sent + 50 * NS_PER_MS});
}

static void test_recorder_writes_a_line_a_probe(void)
{
	struct lateness lateness = {.over_1ms = 7, .over_10ms = 5, .over_100ms = 3};
	struct record_ring ring;
	struct recorder recorder;
	struct probe_live live;
	struct engine_fixture f;
	struct err e = {0};

	fixture_open(&f, 10 * NS_PER_MS);
	CU_ASSERT_FATAL(record_ring_init(&ring, 64) == 0);
	CU_ASSERT_FATAL(recorder_init(&recorder, &f.config, "burst", &e) == 0);
	put_probe(&ring, 0, true);
	put_probe(&ring, 1, false);
	recorder_take(&recorder, &ring);
	CU_ASSERT(recorder_live(&recorder, &live, 1) == 1);
	CU_ASSERT(live.target == 4 && live.gap_ns > 0 && live.answered == 1);
	put_probe(&ring, 2, true);
	record_put(&ring, &(struct record){.kind = RECORD_UNANSWERED,
				  .seq = 3,
				  .ns = 9,
				  .sent_ns = 8,
				  .icmp_type = 3,
				  .icmp_code = 1,
				  .from_family = AF_INET,
				  .from = {10, 0, 0, 9}});
	record_put(&ring, &(struct record){.kind = RECORD_DUPLICATE, .seq = 2, .ns = 10});
	for (int i = 0; i < 70; i++)
		record_put(
			&ring, &(struct record){
				       .kind = RECORD_LATE_TICK, .ns = 5, .sent_ns = 4, .seq = 1});
	recorder_take(&recorder, &ring);
	CU_ASSERT(recorder_live(&recorder, &live, 1) == 1);
	recorder.targets[0].lateness = &lateness;
	CU_ASSERT(live.gap_ns == 0 && live.longest_ns == 500 * NS_PER_US + 100998);
	recorder_finish(&recorder);
	fixture_read(&f);
	CU_ASSERT(
		strstr(f.text,
			"target\t4\tname=desk\taddress=127.0.0.1\trole=vm\tkind=burst\t"
			"probe=fine\tstation=here\tinterval=10000000\ttimeout=50000000\n") != NULL);
	CU_ASSERT(strstr(f.text, "1000101000\tanswer\t4\tsent=1000000000\tseq=0\n") != NULL);
	CU_ASSERT(strstr(f.text, "1050500000\tunanswered\t4\tsent=1000500000\tseq=1\n") != NULL);
	CU_ASSERT(strstr(f.text, "9\tunanswered\t4\tsent=8\tseq=3\ticmp=3/1\tfrom=10.0.0.9\n") !=
		  NULL);
	CU_ASSERT(strstr(f.text, "10\tduplicate\t4\tseq=2\n") != NULL);
	CU_ASSERT(strstr(f.text, "\tsummary\t4\tsent=0\tanswered=2\tlate=0\tforeign=0\t"
				 "late_1ms=7\tlate_10ms=5\tlate_100ms=3\n") != NULL);
	/* The ring of 64 held 3 other records: 9 of 70 found it full. */
	CU_ASSERT(count_of(f.text, "\tlate-tick\t-\tfrom=4\tlate=1\n") == 61);
	CU_ASSERT(count_of(f.text, "\tdrops\t-\t") == 1 && strstr(f.text, "count=9\n") != NULL);
	free(f.text);
	recorder_release(&recorder);
	record_ring_release(&ring);
}

static void test_recorder_condenses_fast_probes(void)
{
	struct record_ring ring;
	struct recorder recorder;
	struct engine_fixture f;
	struct err e = {0};

	fixture_open(&f, 500 * NS_PER_US);
	CU_ASSERT_FATAL(record_ring_init(&ring, 256) == 0);
	CU_ASSERT_FATAL(recorder_init(&recorder, &f.config, "burst", &e) == 0);
	/* Answers 0-39 and 60-99 overtake the time-outs of 40-59, as they do on the wire. */
	for (uint64_t i = 0; i < 40; i++)
		put_probe(&ring, i, true);
	for (uint64_t i = 40; i < 60; i++) {
		put_probe(&ring, i, false);
		put_probe(&ring, i + 20, true);
	}
	for (uint64_t i = 80; i < 100; i++)
		put_probe(&ring, i, true);
	recorder_take(&recorder, &ring);
	recorder_finish(&recorder);
	fixture_read(&f);
	/* Single lines: the first and last answer, and those before and after the gap. */
	CU_ASSERT(count_of(f.text, "\tanswer\t") == 4);
	CU_ASSERT(strstr(f.text, "seq=0\n") && strstr(f.text, "seq=39\n") &&
		  strstr(f.text, "seq=60\n") && strstr(f.text, "seq=99\n"));
	/* Round trips of 100,999 down to 100,962 ns. */
	CU_ASSERT(strstr(f.text, "\tok\t4\tfirst=1\tn=38\tfrom=1000500000\tto=1019000000\t"
				 "fastest=100962\tmedian=100981\tp99=100999\tp999=100999\t"
				 "silence=600999\tafter=1000000000\n") != NULL);
	CU_ASSERT(strstr(f.text, "\tlost\t4\tfirst=40\tn=20\tfrom=1020000000\tto=1029500000\n") !=
		  NULL);
	CU_ASSERT(strstr(f.text, "\tok\t4\tfirst=61\tn=38\t") != NULL);
	free(f.text);
	recorder_release(&recorder);
	record_ring_release(&ring);
}

static void test_recorder_bounds_a_span_of_answers(void)
{
	struct record_ring ring;
	struct recorder recorder;
	struct engine_fixture f;
	struct err e = {0};
	long total = 0, longest = 0, spans = 0;

	fixture_open(&f, 500 * NS_PER_US);
	CU_ASSERT_FATAL(record_ring_init(&ring, 16384) == 0);
	CU_ASSERT_FATAL(recorder_init(&recorder, &f.config, "burst", &e) == 0);
	/* Five seconds of probes, which a stalled station takes at once. */
	for (uint64_t i = 0; i < 10000; i++)
		put_probe(&ring, i, true);
	recorder_take(&recorder, &ring);
	recorder_finish(&recorder);
	fixture_read(&f);
	for (const char *line = f.text; (line = strstr(line, "\tok\t4\tfirst=")); line++) {
		long n = atol(strstr(line, "\tn=") + 3);

		total += n;
		spans++;
		longest = n > longest ? n : longest;
	}
	/* The first and last answer have single lines; a span holds two seconds of round trips. */
	CU_ASSERT(total == 9998 && spans == 3 && longest == 4000);
	free(f.text);
	recorder_release(&recorder);
	record_ring_release(&ring);
}

/* An agent on loopback: echoes updates with its count; can skip one or close the connection. */
struct agent {
	int listener;
	uint16_t port;
	atomic_bool jump, hang_up;
};

static void *agent_thread(void *arg)
{
	struct agent *agent = arg;
	int fd;

	while ((fd = accept(agent->listener, NULL, NULL)) >= 0) {
		uint8_t update[AGENT_UPDATE_BYTES];
		uint64_t count = 0;

		while (recv(fd, update, sizeof(update), MSG_WAITALL) == sizeof(update)) {
			if (atomic_exchange(&agent->hang_up, false))
				break;
			count += atomic_exchange(&agent->jump, false) ? 2 : 1;
			for (int i = 0; i < 8; i++)
				update[8 + i] = (uint8_t)(count >> (56 - 8 * i));
			if (send(fd, update, sizeof(update), MSG_NOSIGNAL) < 0)
				break;
		}
		close(fd);
	}
	return NULL;
}

static pthread_t agent_start(struct agent *agent)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	pthread_t thread;

	*agent = (struct agent){.listener = socket(AF_INET, SOCK_STREAM, 0)};
	CU_ASSERT_FATAL(bind(agent->listener, (struct sockaddr *)&address, size) == 0);
	CU_ASSERT_FATAL(listen(agent->listener, 4) == 0);
	getsockname(agent->listener, (struct sockaddr *)&address, &size);
	agent->port = ntohs(address.sin_port);
	CU_ASSERT_FATAL(pthread_create(&thread, NULL, agent_thread, agent) == 0);
	return thread;
}

/* Drains until the target has at least `min` answers, at most five seconds. */
static bool drain_until_answered(struct probe *probe, uint64_t min)
{
	struct probe_live live = {0};
	struct err e = {0};

	for (int i = 0; i < 500; i++) {
		probe_session.drain(probe, &live, 1, &e);
		if (live.answered >= min)
			return true;
		usleep(10000);
	}
	return false;
}

static void test_session_follows_the_agent(void)
{
	struct engine_fixture f;
	struct agent agent;
	struct probe *probe;
	struct probe_live live;
	struct err e = {0};
	pthread_t thread = agent_start(&agent);

	fixture_open(&f, 10 * NS_PER_MS);
	f.config.timeout_ns = 5 * NS_PER_S;
	f.target.port = agent.port;
	CU_ASSERT_FATAL(probe_session.open(&probe, &f.config, &e) == 0);
	CU_ASSERT_FATAL(probe_session.start(probe, &e) == 0);
	CU_ASSERT(probe_session.command(probe, "open nobody", &e) == -1);
	CU_ASSERT(strstr(e.text, "nobody") != NULL);
	CU_ASSERT(probe_session.command(probe, "dance", &e) == -1);
	/* Without a session nothing is sent. */
	usleep(50000);
	CU_ASSERT(probe_session.drain(probe, &live, 1, &e) == 1 && live.sent == 0);
	CU_ASSERT(probe_session.command(probe, "open desk", &e) == 0);
	CU_ASSERT(drain_until_answered(probe, 3));
	CU_ASSERT(probe_session.command(probe, "close desk", &e) == 0);
	probe_session.drain(probe, &live, 1, &e);
	CU_ASSERT(probe_session.command(probe, "open desk", &e) == 0);
	CU_ASSERT(drain_until_answered(probe, live.answered + 2));
	probe_session.drain(probe, &live, 1, &e);
	atomic_store(&agent.jump, true);
	CU_ASSERT(drain_until_answered(probe, live.answered + 5));
	atomic_store(&agent.hang_up, true);
	/* The session is still wanted: it is opened again, but the old one's state is lost. */
	for (int i = 0; i < 300 && atomic_load(&agent.hang_up); i++)
		usleep(10000);
	probe_session.drain(probe, &live, 1, &e);
	CU_ASSERT(drain_until_answered(probe, live.answered + 3));
	CU_ASSERT(probe_session.stop(probe, &e) == 0);
	probe_session.close(probe);
	fixture_read(&f);
	CU_ASSERT(count_of(f.text, "what=open\n") == 3);
	CU_ASSERT(count_of(f.text, "what=close\n") == 2);
	CU_ASSERT(count_of(f.text, "what=drop\n") == 1);
	CU_ASSERT(count_of(f.text, "what=state\tkept=yes\n") == 2);
	CU_ASSERT(count_of(f.text, "what=state\tkept=no\n") == 2);
	CU_ASSERT(count_of(f.text, "\tunanswered\t") == 0);
	CU_ASSERT(count_of(f.text, "\tduplicate\t") == 0);
	free(f.text);
	shutdown(agent.listener, SHUT_RDWR);
	close(agent.listener);
	pthread_join(thread, NULL);
}

static void test_session_is_refused(void)
{
	struct engine_fixture f;
	struct agent agent;
	struct probe *probe;
	struct err e = {0};
	pthread_t thread = agent_start(&agent);

	shutdown(agent.listener, SHUT_RDWR);
	close(agent.listener);
	pthread_join(thread, NULL);
	fixture_open(&f, 10 * NS_PER_MS);
	f.target.port = agent.port;
	CU_ASSERT_FATAL(probe_session.open(&probe, &f.config, &e) == 0);
	CU_ASSERT_FATAL(probe_session.start(probe, &e) == 0);
	CU_ASSERT(probe_session.command(probe, "open desk", &e) == -1);
	CU_ASSERT(strstr(e.text, "desk (127.0.0.1 port ") != NULL);
	CU_ASSERT(strstr(e.text, "refused") != NULL);
	CU_ASSERT(probe_session.stop(probe, &e) == 0);
	probe_session.close(probe);
	fixture_read(&f);
	CU_ASSERT(count_of(f.text, "what=refused\terrno=111\n") == 1);
	free(f.text);
}

static void test_every_probe_is_complete(void)
{
	const struct probe_ops *const table[] = {&probe_ping, &probe_burst, &probe_session,
		&probe_rdp, &probe_capture, &probe_neighbour, NULL};
	struct probe_ops broken = probe_burst;

	for (size_t i = 0; table[i]; i++) {
		CU_ASSERT_PTR_NULL(probe_missing(table[i]));
		CU_ASSERT_PTR_EQUAL(probe_find(table, table[i]->component), table[i]);
	}
	CU_ASSERT_PTR_NULL(probe_find(table, &component_platform_sim));
	broken.drain = NULL;
	CU_ASSERT_STRING_EQUAL(probe_missing(&broken), "drain");
	broken = probe_burst;
	broken.component = NULL;
	CU_ASSERT_STRING_EQUAL(probe_missing(&broken), "component");
}

/* A probe's function that gets another probe's struct aborts the program. */
static void test_a_probe_is_checked_before_it_is_used(void)
{
	struct probe session = {.ops = &probe_session};
	int status = 0;
	pid_t child;

	CU_ASSERT_PTR_EQUAL(probe_downcast(&session, &probe_session), &session);
	child = fork();
	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		setrlimit(RLIMIT_CORE, &(struct rlimit){0});
		probe_downcast(&session, &probe_burst);
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

TEST_SUITE(probe, {"ring", test_ring_keeps_order_and_counts_what_it_loses},
	{"echo messages", test_echo_answers_are_ours_or_foreign},
	{"ICMP errors", test_errors_name_the_request_they_quote},
	{"frames", test_frames_name_their_sender},
	{"recorder: a line a probe", test_recorder_writes_a_line_a_probe},
	{"recorder: spans", test_recorder_condenses_fast_probes},
	{"recorder: bounded spans", test_recorder_bounds_a_span_of_answers},
	{"session", test_session_follows_the_agent}, {"session refused", test_session_is_refused},
	{"every probe is complete", test_every_probe_is_complete},
	{"a probe's own struct", test_a_probe_is_checked_before_it_is_used});
