"""The types of requests, and the OpenAPI description of requests and answers."""
