/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A capture file, frame by frame: see pcap_file.h. */
#include "harness/pcap_file.h"

#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The clock was set if a stamp is so much before the one before it. */
#define SET_BACK_NS NS_PER_S
/* Stamps outside of these years (1970 to 2100) are damage. */
#define STAMP_SECONDS_MAX INT64_C(4102444800)

struct pcap_file {
	pcap_t *pcap;
	int link;
	uint64_t frames, strange;
	int64_t last_ns, shift_ns;
	bool ended;
	char damage[PCAP_ERRBUF_SIZE + 128];
};

static int check_file(const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st))
		return err_errno(e, "%s: cannot be read", path);
	if (S_ISDIR(st.st_mode))
		return err_set(e, "%s: is a folder, not a capture (for a result folder say "
				  "`blackout report`)", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, "%s: is no ordinary file; it is read twice, so write the capture "
				  "to one", path);
	return 0;
}

int pcap_file_open(struct pcap_file **out, const char *path, struct err *e)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	struct pcap_file *file;

	if (check_file(path, e))
		return -1;
	file = calloc(1, sizeof(*file));
	if (!file)
		return err_set(e, "%s: out of memory", path);
	file->pcap = pcap_open_offline_with_tstamp_precision(
		path, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!file->pcap) {
		free(file);
		return err_set(e, "%s: is no capture (pcap or pcapng): %s", path, why);
	}
	file->link = pcap_datalink(file->pcap);
	if (!frame_link_known(file->link)) {
		const char *name = pcap_datalink_val_to_name(file->link);

		err_set(e, "%s: frames of link type %s (%d) cannot be read (Ethernet, Linux cooked "
			   "and raw IP can)", path, name ? name : "unknown", file->link);
		pcap_file_close(file);
		return -1;
	}
	*out = file;
	return 0;
}

/* The stamp on an axis that does not go back; NS_NONE: not a stamp. */
static int64_t stamp_of(struct pcap_file *file, const struct pcap_pkthdr *header)
{
	int64_t ns;

	/* With nanosecond precision tv_usec holds nanoseconds. */
	if (header->ts.tv_sec < 0 || header->ts.tv_sec > STAMP_SECONDS_MAX ||
		header->ts.tv_usec < 0 || header->ts.tv_usec >= NS_PER_S) {
		file->strange++;
		return NS_NONE;
	}
	ns = (int64_t)header->ts.tv_sec * NS_PER_S + header->ts.tv_usec;
	/* A clock that is set back again and again is shifted out of these years. */
	if (__builtin_add_overflow(ns, file->shift_ns, &ns) || ns > STAMP_SECONDS_MAX * NS_PER_S) {
		file->strange++;
		return NS_NONE;
	}
	if (file->last_ns && ns < file->last_ns - SET_BACK_NS) {
		file->shift_ns += file->last_ns - ns;
		if (!*file->damage)
			snprintf(file->damage, sizeof(file->damage),
				"the clock was set back at frame %" PRIu64 "; what follows was "
				"shifted, and a gap there is not to be trusted", file->frames);
		ns = file->last_ns;
	}
	if (ns > file->last_ns)
		file->last_ns = ns;
	return ns;
}

int pcap_file_next(struct pcap_file *file, struct frame *frame, int64_t *utc_ns)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int rc;

	while (!file->ended) {
		rc = pcap_next_ex(file->pcap, &header, &bytes);
		if (rc != 1) {
			file->ended = true;
			if (rc == PCAP_ERROR)
				snprintf(file->damage, sizeof(file->damage),
					"read up to frame %" PRIu64 ": %s", file->frames,
					pcap_geterr(file->pcap));
			break;
		}
		file->frames++;
		*utc_ns = stamp_of(file, header);
		if (*utc_ns == NS_NONE)
			continue;
		frame_read(file->link, bytes, header->caplen, frame);
		return 1;
	}
	if (file->strange && !*file->damage)
		snprintf(file->damage, sizeof(file->damage),
			"%" PRIu64 " frames have no sensible stamp and were left out", file->strange);
	return 0;
}

uint64_t pcap_file_frames(const struct pcap_file *file)
{
	return file->frames;
}

const char *pcap_file_damage(const struct pcap_file *file)
{
	return file->damage;
}

void pcap_file_close(struct pcap_file *file)
{
	if (!file)
		return;
	pcap_close(file->pcap);
	free(file);
}
