"""One module a subcommand: `run(...)` takes values and returns a report; nothing here prints."""
