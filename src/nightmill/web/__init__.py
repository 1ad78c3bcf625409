"""Room ``web``."""
