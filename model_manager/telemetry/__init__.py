"""What others see of the calls: Prometheus' text format, and OpenTelemetry (an extra)."""
