/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Outcomes of a flow as facts: see condense.h. */
#include "tools/condense.h"

#include <arpa/inet.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdlib.h>

int condenser_init(struct condenser *c, struct fact_log *log, unsigned number, int64_t base_ns,
	size_t room)
{
	*c = (struct condenser){.log = log, .base_ns = base_ns, .room = room,
		.trips_ns = calloc(room, sizeof(*c->trips_ns))};
	snprintf(c->subject, sizeof(c->subject), "%u", number);
	return c->trips_ns ? 0 : -1;
}

void condenser_free(struct condenser *c)
{
	free(c->trips_ns);
	c->trips_ns = NULL;
}

static void write_answer(const struct condenser *c, const struct flow_outcome *o)
{
	FACT(c->log, o->arrival_ns - c->base_ns, "answer", c->subject,
		FI("sent", o->sent_ns - c->base_ns), FI("seq", o->number));
}

static void write_refused(const struct condenser *c, const struct flow_outcome *o)
{
	char icmp[16], from[FRAME_ADDRESS_TEXT_MAX];

	snprintf(icmp, sizeof(icmp), "%u/%u", o->icmp_type, o->icmp_code);
	FACT(c->log, o->known_ns - c->base_ns, "unanswered", c->subject,
		FI("sent", o->sent_ns - c->base_ns), FI("seq", o->number), FS("icmp", icmp),
		FS("from", frame_address_text(&o->from, from)));
}

static int64_t quantile(const struct condenser *c, double f)
{
	return llround(gsl_stats_quantile_from_sorted_data(c->trips_ns, 1, c->ok_count, f));
}

static void write_ok(struct condenser *c)
{
	if (!c->ok_count)
		return;
	gsl_sort(c->trips_ns, 1, c->ok_count);
	FACT(c->log, c->ok_known_ns - c->base_ns, "ok", c->subject, FI("first", c->ok_first),
		FI("n", c->ok_count), FI("from", c->ok_from_ns - c->base_ns),
		FI("to", c->ok_to_ns - c->base_ns), FI("fastest", c->trips_ns[0]),
		FI("median", quantile(c, 0.5)), FI("p99", quantile(c, 0.99)),
		FI("p999", quantile(c, 0.999)));
	c->ok_count = 0;
}

static void write_lost(struct condenser *c)
{
	if (c->lost_count)
		FACT(c->log, c->lost_known_ns - c->base_ns, "lost", c->subject,
			FI("first", c->lost_first), FI("n", c->lost_count),
			FI("from", c->lost_from_ns - c->base_ns),
			FI("to", c->lost_to_ns - c->base_ns));
	c->lost_count = 0;
}

/* The answer that was held back joins the run: another came after it. */
static void join_held(struct condenser *c)
{
	const struct flow_outcome *o = &c->newest;

	if (c->ok_count == c->room)
		write_ok(c);
	if (!c->ok_count) {
		c->ok_first = o->number;
		c->ok_from_ns = o->sent_ns;
	}
	c->ok_to_ns = o->sent_ns;
	c->ok_known_ns = o->arrival_ns;
	c->trips_ns[c->ok_count++] = (double)(o->arrival_ns - o->sent_ns);
}

/* The run of answers ends: its last one stands singly. */
static void end_answers(struct condenser *c)
{
	write_ok(c);
	if (c->held)
		write_answer(c, &c->newest);
	c->held = c->running = false;
}

static void take_in_time(struct condenser *c, const struct flow_outcome *o)
{
	write_lost(c);
	if (c->running && o->number == c->next) {
		if (c->held)
			join_held(c);
		c->newest = *o;
		c->held = true;
	} else {
		end_answers(c);
		/* The first after a disturbance stands singly; the run begins with the next. */
		write_answer(c, o);
		c->running = true;
	}
	c->next = o->number + 1;
}

static void take_unanswered(struct condenser *c, const struct flow_outcome *o)
{
	end_answers(c);
	if (o->refused || !c->lost_count || o->number != c->lost_first + (int64_t)c->lost_count)
		write_lost(c);
	if (o->refused) {
		write_refused(c, o);
		return;
	}
	if (!c->lost_count++) {
		c->lost_first = o->number;
		c->lost_from_ns = o->sent_ns;
	}
	c->lost_to_ns = o->sent_ns;
	c->lost_known_ns = o->known_ns;
}

void condenser_take(struct condenser *c, const struct flow_outcome *o, int64_t timeout_ns)
{
	switch (o->what) {
	case FLOW_ANSWER:
		if (o->arrival_ns - o->sent_ns <= timeout_ns) {
			c->sent++;
			c->answered++;
			take_in_time(c, o);
		} else {
			c->late++;
			write_answer(c, o);
		}
		break;
	case FLOW_UNANSWERED:
		c->sent++;
		take_unanswered(c, o);
		break;
	case FLOW_DUPLICATE:
		c->duplicates++;
		break;
	}
}

void condenser_finish(struct condenser *c, int64_t now_ns)
{
	end_answers(c);
	write_lost(c);
	FACT(c->log, now_ns - c->base_ns, "summary", c->subject, FI("sent", c->sent),
		FI("answered", c->answered), FI("late", c->late),
		FI("duplicates", c->duplicates));
}
