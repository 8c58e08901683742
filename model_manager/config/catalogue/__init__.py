"""The catalogue: its TOML layers, read, checked, merged and built."""
