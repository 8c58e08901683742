""".env files: read in python-dotenv's dialect, and edited one line at a time."""
