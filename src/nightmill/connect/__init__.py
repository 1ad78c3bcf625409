"""Room ``connect``."""
