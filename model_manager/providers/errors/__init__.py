"""What a provider's error means: its body, its kind, a hint, and parameters that can be left out."""
