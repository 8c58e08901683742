"""The endpoints of the management API."""
