"""From an application that names models to tasks: what they are called, need and are assigned. Pure."""
