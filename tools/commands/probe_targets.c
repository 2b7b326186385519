/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and resolves the targets: see probe_targets.h. */
#include "tools/commands/probe_targets.h"

#include "probes/engine/icmp.h"
#include "reports/common/document.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_BYTES_MAX ((size_t)256 << 20)
#define NAME_BYTES_MAX 255
#define LISTED_MAX 20

int addresses_add(struct address_list *list, const char *text, bool control)
{
	char *copy = strdup(text);

	if (!copy || ARRAY_GROW(list->address, list->count, list->capacity)) {
		free(copy);
		return -1;
	}
	list->address[list->count++] = (struct address){.text = copy, .control = control};
	return 0;
}

void addresses_release(struct address_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->address[i].text);
	free(list->address);
	*list = (struct address_list){0};
}

/* Begins an error message: "blackout: hosts.txt:3: ", or without file and line. */
static void print_position(FILE *errors, const struct address *a)
{
	char safe[256];

	fputs("blackout: ", errors);
	if (a->file)
		fprintf(errors, "%s:%zu: ", text_safe(a->file, safe, sizeof(safe)), a->line);
}

/* Why a word can be neither an address nor a name; NULL: it may be one. */
static const char *word_fault(const char *word)
{
	if (!*word)
		return "is empty (name an address or a host)";
	if (strlen(word) > NAME_BYTES_MAX)
		return "is too long for a name";
	for (const char *p = word; *p; p++) {
		if (isspace((unsigned char)*p))
			return "is more than one word (one address per line)";
		if (iscntrl((unsigned char)*p))
			return "is neither an address nor a name";
	}
	return NULL;
}

static bool print_fault(FILE *errors, const struct address *a)
{
	const char *fault = word_fault(a->text);
	char safe[80];

	if (!fault)
		return false;
	print_position(errors, a);
	fprintf(errors, "'%s' %s\n", text_safe(a->text, safe, sizeof(safe)), fault);
	return true;
}

/* Removes comment and surrounding blanks from a line. */
static char *trim(char *line)
{
	size_t length;

	line[strcspn(line, "#")] = '\0';
	while (isspace((unsigned char)*line))
		line++;
	length = strlen(line);
	while (length && isspace((unsigned char)line[length - 1]))
		line[--length] = '\0';
	return line;
}

static int read_lines(
	struct address_list *list, const char *path, char *text, size_t length, FILE *errors)
{
	size_t line = 0, bad = 0, before = list->count;

	for (char *at = text, *next; at < text + length; at = next) {
		char *stop = memchr(at, '\n', (size_t)(text + length - at)), *word;
		struct address a = {.file = path, .line = ++line};

		next = stop ? stop + 1 : text + length;
		if (stop)
			*stop = '\0';
		if (memchr(at, '\0', (size_t)((stop ? stop : next) - at))) {
			if (++bad <= LISTED_MAX) {
				print_position(errors, &a);
				fputs("holds a NUL byte: it is not a list of addresses\n", errors);
			}
			continue;
		}
		word = trim(at);
		a.text = word;
		if (!*word)
			continue;
		if (word_fault(word)) {
			if (++bad <= LISTED_MAX)
				print_fault(errors, &a);
			continue;
		}
		if (addresses_add(list, word, false)) {
			fputs("blackout: out of memory\n", errors);
			return -1;
		}
		list->address[list->count - 1].file = path;
		list->address[list->count - 1].line = line;
	}
	if (bad > LISTED_MAX)
		fprintf(errors, "blackout: %s: and %zu more lines\n", path, bad - LISTED_MAX);
	if (!bad && list->count == before)
		fprintf(errors, "blackout: %s: holds no address (one per line is needed)\n", path);
	return bad || list->count == before ? -1 : 0;
}

int addresses_read(struct address_list *list, const char *path, FILE *errors)
{
	char *text = NULL;
	struct err e = {0};
	struct stat st;
	size_t length;
	int rc;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
		fprintf(errors,
			"blackout: %s: is a directory (name a file with one address per line)\n",
			path);
		return -1;
	}
	if (file_read(path, FILE_BYTES_MAX, &text, &length, &e)) {
		fprintf(errors, "blackout: %s\n", e.text);
		return -1;
	}
	rc = read_lines(list, path, text, length, errors);
	free(text);
	return rc;
}

/* An address while it is resolved. */
struct entry {
	const struct address *from;
	size_t index;
	const char *key; /* duplicates have the same: first `text`, once resolved `number` */
	char number[64]; /* the numeric address; "": not resolved yet */
	bool repeated;
};

static int by_key(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;
	int order = (int)(*x)->from->control - (int)(*y)->from->control;

	if (!order)
		order = strcmp((*x)->key, (*y)->key);
	if (order)
		return order;
	return (*x)->index < (*y)->index ? -1 : (*x)->index > (*y)->index;
}

/* Marks all but the first entry of each role and key as repeated. `sorted` has `count` elements. */
static void mark_repeated(struct entry *entries, size_t count, struct entry **sorted)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (!entries[i].repeated)
			sorted[n++] = &entries[i];
	if (n)
		qsort(sorted, n, sizeof(*sorted), by_key);
	for (size_t i = 1; i < n; i++)
		sorted[i]->repeated = sorted[i]->from->control == sorted[i - 1]->from->control &&
				      strcmp(sorted[i]->key, sorted[i - 1]->key) == 0;
}

/* Resolves a name. Returns NULL, or why it cannot be resolved. */
static const char *resolve(struct entry *entry)
{
	struct addrinfo hints = {.ai_socktype = SOCK_RAW}, *found;
	int rc = getaddrinfo(entry->from->text, NULL, &hints, &found);

	if (rc)
		return gai_strerror(rc);
	rc = getnameinfo(found->ai_addr, found->ai_addrlen, entry->number, sizeof(entry->number),
		NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(found);
	return rc ? gai_strerror(rc) : NULL;
}

/* Resolves all that are not repeated. Prints the failures and returns their number. */
static size_t resolve_all(struct entry *entries, size_t count, FILE *errors)
{
	size_t bad = 0;

	for (size_t i = 0; i < count; i++) {
		struct entry *entry = &entries[i];
		const char *why;
		char safe[NAME_BYTES_MAX + 1];

		if (entry->repeated)
			continue;
		if (print_fault(errors, entry->from)) {
			bad++;
			continue;
		}
		why = resolve(entry);
		entry->key = entry->number;
		if (!why)
			continue;
		bad++;
		print_position(errors, entry->from);
		fprintf(errors, "'%s' cannot be resolved: %s\n",
			text_safe(entry->from->text, safe, sizeof(safe)), why);
	}
	return bad;
}

static void add_target(struct target_list *targets, const struct entry *entry)
{
	struct probe_target *t = &targets->target[targets->count++];
	const char *text = entry->from->text;

	*t = (struct probe_target){
		.number = (unsigned)targets->count, .control = entry->from->control};
	snprintf(t->address, sizeof(t->address), "%s", entry->number);
	/* Two names might be equal once they are cut: the number is used instead. */
	snprintf(t->name, sizeof(t->name), "%s",
		strlen(text) < sizeof(t->name) ? text : entry->number);
}

/* Prints an error if a control target is also an observed target. */
static bool print_own_control(const struct entry *entries, size_t count, FILE *errors)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; entries[i].from->control && k < count; k++)
			if (!entries[k].from->control &&
				strcmp(entries[i].number, entries[k].number) == 0) {
				fprintf(errors,
					"blackout: %s: is a control target and an observed one (a "
					"control target must never go silent: leave it out of the "
					"list, or name another)\n",
					entries[i].number);
				return true;
			}
	return false;
}

static int take_entries(struct target_list *targets, struct entry *entries, size_t count,
	struct entry **sorted, FILE *errors)
{
	mark_repeated(entries, count, sorted);
	if (resolve_all(entries, count, errors))
		return -1;
	if (print_own_control(entries, count, errors))
		return -1;
	mark_repeated(entries, count, sorted);
	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < count; i++) {
			if (entries[i].from->control != (pass == 1))
				continue;
			if (!entries[i].repeated)
				add_target(targets, &entries[i]);
			else
				targets->repeated++;
			targets->controls += pass == 1 && !entries[i].repeated;
		}
	if (targets->count > targets->controls)
		return 0;
	fputs("blackout: nothing to probe (name an address, or a file of them with -f)\n", errors);
	return -1;
}

int targets_resolve(struct target_list *targets, const struct address_list *list, FILE *errors)
{
	struct entry *entries = calloc(list->count + 1, sizeof(*entries));
	struct entry **sorted = calloc(list->count + 1, sizeof(*sorted));
	int rc = -1;

	*targets =
		(struct target_list){.target = calloc(list->count + 1, sizeof(*targets->target))};
	if (!entries || !sorted || !targets->target) {
		fputs("blackout: out of memory\n", errors);
		goto out;
	}
	for (size_t i = 0; i < list->count; i++)
		entries[i] = (struct entry){
			.from = &list->address[i], .index = i, .key = list->address[i].text};
	rc = take_entries(targets, entries, list->count, sorted, errors);
out:
	free(entries);
	free(sorted);
	if (rc)
		targets_release(targets);
	return rc;
}

void targets_release(struct target_list *targets)
{
	free(targets->target);
	*targets = (struct target_list){0};
}

/* False if there is no route. Connecting a UDP socket looks up the route and sends nothing. */
static bool has_route(const struct probe_target *target)
{
	union icmp_address address;
	int fd, rc;

	if (icmp_address_parse(&address, target->address))
		return true;
	fd = socket(address.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return true;
	if (address.sa.sa_family == AF_INET)
		address.v4.sin_port = htons(7);
	else
		address.v6.sin6_port = htons(7);
	rc = connect(fd, &address.sa, icmp_address_size(&address));
	rc = rc && (errno == ENETUNREACH || errno == EHOSTUNREACH || errno == EADDRNOTAVAIL);
	close(fd);
	return !rc;
}

size_t targets_unroutable(const struct target_list *targets, FILE *to)
{
	size_t n = 0;

	for (size_t i = 0; i < targets->count; i++) {
		char safe[256];

		if (has_route(&targets->target[i]))
			continue;
		if (++n <= LISTED_MAX)
			fprintf(to, "%s%s", n == 1 ? "no route to " : ", ",
				text_safe(targets->target[i].name, safe, sizeof(safe)));
	}
	if (n > LISTED_MAX)
		fprintf(to, " and %zu more", n - LISTED_MAX);
	if (n)
		fputs(" (counts as unanswered)\n", to);
	return n;
}
