"""The names of the metrics that every call has, and the range of scores, which have any other name."""

COST, LATENCY, FAILURES = "cost", "latency", "failures"
METRICS = (COST, LATENCY, FAILURES)
#: Sums of squares of larger scores are beyond what a float holds, or lose all their digits.
LARGEST_SCORE = 1e15
