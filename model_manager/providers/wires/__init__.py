"""The wire formats, one module each: pure functions from requests to values and back."""
