"""`export`: the tasks' routes in the form of other programs: a LiteLLM proxy, a shell."""
