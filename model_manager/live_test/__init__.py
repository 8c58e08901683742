"""Live calls that test models: `test` and its probes. Knows neither terminal nor HTTP server."""
