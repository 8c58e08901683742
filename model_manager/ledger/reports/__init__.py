"""What a ledger says: usage, what-if, single calls, and prices that became known later."""
