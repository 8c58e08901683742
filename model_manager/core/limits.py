"""Defaults and bounds of calls: one table for library, command line, settings and HTTP. Times are seconds."""

#: How long a server may be silent, and the most that settings and the command line take.
DEFAULT_TIMEOUT_S = 120.0
MAX_TIMEOUT_S = 3600.0
#: How long making a connection may take.
DEFAULT_CONNECT_S = 10.0
#: How many attempts may follow the first, and the most that can be asked for.
DEFAULT_RETRIES = 2
MAX_RETRIES = 10
#: How long may be waited between the attempts of one model, all waits together.
MAX_WAIT_S = 60.0
