"""One exchange with a provider: attempts and retries, as a generator of steps."""
