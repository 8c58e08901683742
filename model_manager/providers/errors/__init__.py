"""The meaning of a provider's error: its body, its kind, a hint, and parameters that can be left out."""
