"""The application's side: a task's model, and one call for every provider, with streams, fallbacks and splits."""
