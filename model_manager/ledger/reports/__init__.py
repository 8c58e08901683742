"""Reports from a ledger: usage, what-if, single calls, and prices that became known later."""
