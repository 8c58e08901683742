"""The ledger: one SQLite file with a row for each call that was made, its writer, and the reports read from it."""
