"""The management API and its admin page: the extra `server`. Nothing else of the package needs what it needs."""
