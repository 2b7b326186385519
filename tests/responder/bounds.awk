# SPDX-License-Identifier: GPL-3.0-or-later
# Checks that a known outage lies inside the bounds that the probes' facts allow. Implements the
# documented definition of a gap's bounds a second time, independently of harness/analysis/gaps.c.
#
#	awk -v target=N -v from=NS -v to=NS -v lag=NS -v delay=NS -f bounds.awk FACTS
#
# from, to: the outage; lag: its uncertainty; delay: how long before its answer a request is sent (for
# dropped answers). Prints lo, hi and the true length; exits 1 if the outage lies outside the bounds.
BEGIN { FS = "\t" }
function key(name,   i, p) {
	for (i = 4; i <= NF; i++) {
		p = index($i, "=")
		if (substr($i, 1, p - 1) == name)
			return substr($i, p + 1)
	}
	return ""
}
$2 == "target" && $3 == target { timeout = key("timeout") + 0 }
($2 == "answer" || $2 == "unanswered") && $3 == target {
	s = key("seq") + 0
	sent[s] = key("sent") + 0
	if (s > last)
		last = s
	if ($2 == "answer") {
		arrival[s] = $1 + 0
		rtt = arrival[s] - sent[s]
		if (!fastest || rtt < fastest)
			fastest = rtt
		if (sent[s] < from - 2 * timeout)
			before[++n] = rtt
	}
}
function in_time(s) { return (s in arrival) && arrival[s] - sent[s] <= timeout }
END {
	if (!timeout || n < 20) {
		print "no baseline"
		exit 1
	}
	# p99 by counting: the smallest value that at most 1 % exceed.
	for (i = 1; i <= n; i++) {
		above = 0
		for (k = 1; k <= n; k++)
			above += before[k] > before[i]
		if (above <= n / 100 && (!p99 || before[i] < p99))
			p99 = before[i]
	}
	from -= delay
	to -= delay
	truth = to - from
	# L1: the first probe not answered in time that was sent when the outage was near.
	for (s = 0; s <= last && !found; s++)
		if ((s in sent) && !in_time(s) && sent[s] > from - timeout - lag) {
			found = 1
			l1 = s
		}
	if (!found || sent[l1] > to) {
		print "no gap found"
		exit 1
	}
	for (a = l1 - 1; a > 0 && !in_time(a); a--)
		;
	for (s = l1; s <= last; s++)
		if ((s in arrival) && (!r || arrival[s] - fastest < r))
			r = arrival[s] - fastest
	for (s = l1; s <= last && sent[s] <= r; s++)
		if ((s in sent) && !in_time(s))
			ln = s
	lo = sent[ln] - sent[l1] - (p99 - fastest)
	if (lo < 0)
		lo = 0
	hi = r - sent[a]
	printf "lo=%.3f hi=%.3f truth=%.3f lag=%.3f ms; start in [%.3f, %.3f] of it\n", lo / 1e6,
		hi / 1e6, truth / 1e6, lag / 1e6, (sent[a] - from) / 1e6, (sent[l1] - from) / 1e6
	exit !(lo <= truth + lag && truth <= hi + lag && sent[a] <= from + lag &&
		from <= sent[l1] + lag)
}
