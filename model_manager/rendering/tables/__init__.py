"""Tables and sheets for a terminal: the only home of rich."""
