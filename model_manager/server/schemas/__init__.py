"""What clients may send and what they get, described for OpenAPI."""
