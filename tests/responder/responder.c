/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ground truth for the probes: the user-space end of a TAP device that answers ARP and ICMP echo
 * for one or more addresses, and goes silent, holds or delays at planned moments, each logged
 * with its CLOCK_MONOTONIC stamp. It judges nothing.
 *
 *	responder TAP ADDRESS COUNT LOG LENGTH_MS [START_MS:LENGTH_MS:WHAT[:MS]]…
 *
 * WHAT: drop (requests), mute (answers; MS is how long an answer takes in this mode's run), hold
 * (and answer at the end), slow (by MS), refuse (host unreachable), twice, forge (answers with
 * another cookie besides), rarp, garp (announced once, at the start). Starts count from the line
 * "ready NS UTC_NS" (the same moment by both clocks). The log has a line a script entry: WHAT
 * BEGIN_NS END_NS LAG_NS, the last being how late this process ran at worst, by which the truth is
 * uncertain.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define MS INT64_C(1000000)
#define FRAME_BYTES 256
#define QUEUE_MOST 131072
#define SCRIPT_MOST 64
#define TICK_NS MS

struct entry {
	int64_t begin_ns, end_ns, arg_ns;
	char what[16];
	bool done;
};

struct answer {
	int64_t due_ns;
	size_t size;
	uint8_t frame[FRAME_BYTES];
};

struct responder {
	int fd;
	uint32_t first, count; /* addresses, host order */
	struct entry script[SCRIPT_MOST];
	size_t entries;
	struct answer *queue;  /* in order of due_ns */
	size_t head, tail;
	int64_t worst_lag_ns;
};

static const uint8_t mac[6] = {0x52, 0x54, 0x00, 0xb1, 0xac, 0x07};

static int64_t read_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t now_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

static const struct entry *active(const struct responder *r, const char *what, int64_t now)
{
	for (size_t i = 0; i < r->entries; i++)
		if (strcmp(r->script[i].what, what) == 0 && now >= r->script[i].begin_ns &&
			now < r->script[i].end_ns)
			return &r->script[i];
	return NULL;
}

static void emit(const struct responder *r, const uint8_t *frame, size_t size)
{
	if (write(r->fd, frame, size) < 0 && errno != EAGAIN)
		perror("responder: write");
}

static void queue_answer(struct responder *r, int64_t due_ns, const uint8_t *frame, size_t size)
{
	size_t i = r->tail;

	if (r->tail - r->head == QUEUE_MOST)
		return;
	for (r->tail++; i > r->head && r->queue[(i - 1) % QUEUE_MOST].due_ns > due_ns; i--)
		r->queue[i % QUEUE_MOST] = r->queue[(i - 1) % QUEUE_MOST];
	r->queue[i % QUEUE_MOST].due_ns = due_ns;
	r->queue[i % QUEUE_MOST].size = size;
	memcpy(r->queue[i % QUEUE_MOST].frame, frame, size);
}

static void flush_queue(struct responder *r, int64_t now)
{
	for (; r->head < r->tail && r->queue[r->head % QUEUE_MOST].due_ns <= now; r->head++)
		if (!active(r, "mute", now))
			emit(r, r->queue[r->head % QUEUE_MOST].frame,
				r->queue[r->head % QUEUE_MOST].size);
}

static uint16_t checksum(const uint8_t *p, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)(p[i] << 8 | p[i + 1]);
	if (size % 2)
		sum += (uint32_t)p[size - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put_checksum(uint8_t *at, const uint8_t *p, size_t size)
{
	uint16_t sum;

	at[0] = at[1] = 0;
	sum = checksum(p, size);
	at[0] = (uint8_t)(sum >> 8);
	at[1] = (uint8_t)sum;
}

static void swap(uint8_t *a, uint8_t *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint8_t t = a[i];

		a[i] = b[i];
		b[i] = t;
	}
}

static bool ours(const struct responder *r, const uint8_t *address)
{
	uint32_t a;

	memcpy(&a, address, 4);
	return ntohl(a) - r->first < r->count;
}

static void answer_arp(const struct responder *r, const uint8_t *frame, size_t size)
{
	uint8_t out[42];

	if (size < 42 || frame[21] != 1 || !ours(r, frame + 38))
		return;
	memcpy(out, frame, sizeof(out));
	memcpy(out, frame + 6, 6);
	memcpy(out + 6, mac, 6);
	out[21] = 2;
	memcpy(out + 22, mac, 6);
	memcpy(out + 28, frame + 38, 4);
	memcpy(out + 32, frame + 22, 10);
	emit(r, out, sizeof(out));
}

/* Turns a request into "host unreachable" (RFC 792) that quotes all of it that fits. */
static void refuse(const struct responder *r, const uint8_t *frame, size_t size)
{
	uint8_t out[FRAME_BYTES] = {0};
	size_t quoted = size - 14;

	if (quoted > FRAME_BYTES - 42)
		quoted = FRAME_BYTES - 42;
	memcpy(out, frame + 6, 6);
	memcpy(out + 6, mac, 6);
	out[12] = 8;
	out[14] = 0x45;
	out[16] = (uint8_t)((28 + quoted) >> 8);
	out[17] = (uint8_t)(28 + quoted);
	out[22] = 64;
	out[23] = 1;
	memcpy(out + 26, frame + 30, 4);
	memcpy(out + 30, frame + 26, 4);
	put_checksum(out + 24, out + 14, 20);
	out[34] = 3;
	out[35] = 1;
	memcpy(out + 42, frame + 14, quoted);
	put_checksum(out + 36, out + 34, 8 + quoted);
	emit(r, out, 42 + quoted);
}

static void answer_echo(struct responder *r, uint8_t *frame, size_t size, int64_t now)
{
	const struct entry *hold = active(r, "hold", now), *slow = active(r, "slow", now);
	int64_t due = now;

	if (size < 42 || frame[14] != 0x45 || frame[23] != 1 || frame[34] != 8 ||
		!ours(r, frame + 30) || active(r, "drop", now))
		return;
	if (active(r, "refuse", now)) {
		refuse(r, frame, size);
		return;
	}
	swap(frame, frame + 6, 6);
	swap(frame + 26, frame + 30, 4);
	frame[34] = 0;
	put_checksum(frame + 36, frame + 34, size - 34);
	for (size_t i = 0; i < r->entries; i++)
		if (strcmp(r->script[i].what, "mute") == 0)
			due = now + r->script[i].arg_ns;
	if (hold)
		due = hold->end_ns;
	if (slow)
		due = now + slow->arg_ns;
	queue_answer(r, due, frame, size);
	if (active(r, "twice", now))
		queue_answer(r, due, frame, size);
	if (active(r, "forge", now) && size > 50) {
		frame[42] ^= 1;
		put_checksum(frame + 36, frame + 34, size - 34);
		queue_answer(r, due, frame, size);
	}
}

static void announce(const struct responder *r, bool rarp)
{
	uint8_t out[42] = {[12] = 8, [13] = 6, [15] = 1, [16] = 8, [18] = 6, [19] = 4, [21] = 1};
	uint32_t address = htonl(r->first);

	memset(out, 0xff, 6);
	memcpy(out + 6, mac, 6);
	memcpy(out + 22, mac, 6);
	if (rarp) {
		out[12] = 0x80;
		out[13] = 0x35;
		out[21] = 3;
		memcpy(out + 32, mac, 6);
	} else {
		memcpy(out + 28, &address, 4);
		memcpy(out + 38, &address, 4);
	}
	emit(r, out, sizeof(out));
}

static void take_frames(struct responder *r)
{
	uint8_t frame[2048];
	ssize_t n;

	while ((n = read(r->fd, frame, sizeof(frame))) > 0) {
		int64_t now = now_ns();

		if (n < 34 || n > FRAME_BYTES)
			continue;
		if (frame[12] == 8 && frame[13] == 6)
			answer_arp(r, frame, (size_t)n);
		else if (frame[12] == 8 && frame[13] == 0)
			answer_echo(r, frame, (size_t)n, now);
		flush_queue(r, now_ns());
	}
}

/* What happens once, and the log of what is over. */
static void follow_script(struct responder *r, FILE *log, int64_t now)
{
	for (size_t i = 0; i < r->entries; i++) {
		struct entry *e = &r->script[i];
		bool once = strcmp(e->what, "rarp") == 0 || strcmp(e->what, "garp") == 0;

		if (e->done || now < (once ? e->begin_ns : e->end_ns))
			continue;
		e->done = true;
		if (once)
			announce(r, e->what[0] == 'r');
		fprintf(log, "%s %" PRId64 " %" PRId64 " %" PRId64 "\n", e->what, e->begin_ns,
			once ? now : e->end_ns, r->worst_lag_ns);
		fflush(log);
	}
}

static void run(struct responder *r, FILE *log, int64_t until_ns)
{
	int64_t now = now_ns();

	while (now < until_ns) {
		struct pollfd fd = {.fd = r->fd, .events = POLLIN};
		struct timespec tick = {.tv_nsec = TICK_NS};
		int64_t wake = now + TICK_NS;

		if (r->head < r->tail && r->queue[r->head % QUEUE_MOST].due_ns < wake)
			wake = r->queue[r->head % QUEUE_MOST].due_ns;
		tick.tv_nsec = wake > now ? wake - now : 0;
		ppoll(&fd, 1, &tick, NULL);
		if (now_ns() - wake > r->worst_lag_ns)
			r->worst_lag_ns = now_ns() - wake;
		flush_queue(r, now_ns());
		take_frames(r);
		now = now_ns();
		follow_script(r, log, now);
	}
}

static int open_tap(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request)) {
		perror("responder: TAP device");
		exit(1);
	}
	return fd;
}

static void read_script(struct responder *r, char **words, int64_t start_ns)
{
	for (; *words; words++) {
		struct entry *e = &r->script[r->entries++];
		int64_t begin, length, arg = 0;

		if (r->entries > SCRIPT_MOST || sscanf(*words, "%" SCNd64 ":%" SCNd64 ":%15[a-z]:%"
				SCNd64, &begin, &length, e->what, &arg) < 3) {
			fprintf(stderr, "responder: '%s' is no START:LENGTH:WHAT[:MS]\n", *words);
			exit(2);
		}
		e->begin_ns = start_ns + begin * MS;
		e->end_ns = e->begin_ns + length * MS;
		e->arg_ns = arg * MS;
	}
}

int main(int argc, char **argv)
{
	struct responder r = {0};
	struct in_addr first;
	int64_t start;
	FILE *log;

	if (argc < 6 || !inet_aton(argv[2], &first)) {
		fprintf(stderr, "usage: responder TAP ADDRESS COUNT LOG LENGTH_MS [SCRIPT]…\n");
		return 2;
	}
	r.first = ntohl(first.s_addr);
	r.count = (uint32_t)atoi(argv[3]);
	r.queue = calloc(QUEUE_MOST, sizeof(*r.queue));
	log = fopen(argv[4], "we");
	if (!r.queue || !log) {
		perror("responder");
		return 1;
	}
	r.fd = open_tap(argv[1]);

	start = now_ns();
	read_script(&r, argv + 6, start);
	printf("ready %" PRId64 " %" PRId64 "\n", start, read_ns(CLOCK_REALTIME));
	fflush(stdout);
	run(&r, log, start + atoll(argv[5]) * MS);
	fclose(log);
	free(r.queue);
	return 0;
}
