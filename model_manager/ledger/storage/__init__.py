"""The ledger's SQLite file: opened, locked, written by one thread a process, kept small."""
