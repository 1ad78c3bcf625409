"""Room ``schedule``."""
