/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a capture file frame by frame: see pcap_file.h. */
#include "harness/packet/pcap_file.h"

#include "harness/packet/frame_order.h"

#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

_Static_assert((int)LINK_ETHERNET == DLT_EN10MB && (int)LINK_RAW == DLT_RAW &&
		       (int)LINK_LINUX_SLL == DLT_LINUX_SLL && (int)LINK_IPV4 == DLT_IPV4 &&
		       (int)LINK_IPV6 == DLT_IPV6 && (int)LINK_LINUX_SLL2 == DLT_LINUX_SLL2,
	"the link types have libpcap's numbers");

struct pcap_file {
	pcap_t *pcap;
	int link;
	struct frame_order *order;
	uint64_t frames, unstamped; /* `unstamped`: ignored because the stamp is impossible */
	bool ended;
	char damage[PCAP_ERRBUF_SIZE + 128];
};

static int check_file(const char *path, struct err *e)
{
	struct stat st;

	if (stat(path, &st))
		return err_errno(e, "%s: cannot be read", path);
	if (S_ISDIR(st.st_mode))
		return err_set(e,
			"%s: is a folder, not a capture (for a result folder use "
			"`blackout report`)",
			path);
	if (!S_ISREG(st.st_mode))
		return err_set(e,
			"%s: is not a regular file; captures are read twice, so save the "
			"capture to a file first",
			path);
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
	file->order = frame_order_new();
	if (!file->order) {
		free(file);
		return err_set(e, "%s: out of memory", path);
	}
	file->pcap = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
	if (!file->pcap) {
		frame_order_free(file->order);
		free(file);
		return err_set(e, "%s: is not a capture (pcap or pcapng): %s", path, why);
	}
	file->link = pcap_datalink(file->pcap);
	if (!frame_link_known(file->link)) {
		const char *name = pcap_datalink_val_to_name(file->link);

		err_set(e,
			"%s: frames of link type %s (%d) are not supported (supported: Ethernet, "
			"Linux cooked, raw IP)",
			path, name ? name : "unknown", file->link);
		pcap_file_close(file);
		return -1;
	}
	*out = file;
	return 0;
}

/* The stamp of a frame, UTC ns; NS_NONE: impossible. */
static int64_t stamp_of(const struct pcap_pkthdr *header)
{
	/* With nanosecond precision tv_usec holds nanoseconds. */
	if (header->ts.tv_sec < 0 || header->ts.tv_sec >= FRAME_STAMP_MAX_NS / NS_PER_S ||
		header->ts.tv_usec < 0 || header->ts.tv_usec >= NS_PER_S)
		return NS_NONE;
	return (int64_t)header->ts.tv_sec * NS_PER_S + header->ts.tv_usec;
}

/* Reads one frame and puts it into the order of time. False: the file has ended. */
static bool read_one(struct pcap_file *file)
{
	struct pcap_pkthdr *header;
	const u_char *bytes;
	struct frame frame;
	int64_t stamp_ns;
	int rc = pcap_next_ex(file->pcap, &header, &bytes);

	if (rc != 1) {
		file->ended = true;
		if (rc == PCAP_ERROR)
			snprintf(file->damage, sizeof(file->damage),
				"read up to frame %" PRIu64 ": %s", file->frames,
				pcap_geterr(file->pcap));
		return false;
	}
	file->frames++;
	stamp_ns = stamp_of(header);
	if (stamp_ns != NS_NONE)
		frame_read(file->link, bytes, header->caplen, &frame);
	if (stamp_ns == NS_NONE || frame_order_put(file->order, &frame, stamp_ns))
		file->unstamped++;
	else if (frame_order_steps(file->order) && !*file->damage)
		snprintf(file->damage, sizeof(file->damage),
			"the clock was set back at frame %" PRIu64
			"; later stamps were shifted, and how much time passed "
			"at that step is not known",
			file->frames);
	return true;
}

int pcap_file_next(struct pcap_file *file, struct frame *frame, int64_t *utc_ns)
{
	while (!file->ended && !frame_order_full(file->order) && read_one(file))
		;
	if (frame_order_take(file->order, frame, utc_ns))
		return 1;
	if (file->unstamped && !*file->damage)
		snprintf(file->damage, sizeof(file->damage),
			"%" PRIu64 " frames have an impossible time stamp and were ignored",
			file->unstamped);
	return 0;
}

bool pcap_file_take_step(struct pcap_file *file, int64_t *at_ns, int64_t *back_ns)
{
	return frame_order_take_step(file->order, at_ns, back_ns);
}

uint64_t pcap_file_unsorted(const struct pcap_file *file, int64_t *max_ns)
{
	return frame_order_unsorted(file->order, max_ns);
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
	frame_order_free(file->order);
	free(file);
}
