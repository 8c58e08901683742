"""Facts from price tables and providers' lists: their mapping to the catalogue, and rules against bad data."""
