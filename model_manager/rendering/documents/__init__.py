"""The JSON documents: one shape for the command line, the HTTP API and the page."""
