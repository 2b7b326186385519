# SPDX-License-Identifier: GPL-3.0-or-later
# What tests that read tables share.

# column FILE NAME: a column of a table without quoted commas, a line a row
column() { awk -F, -v name="$2" '{sub("\r$", "")} NR==1 {for (i=1;i<=NF;i++) if ($i==name) c=i; next} {print $c}' "$1"; }
