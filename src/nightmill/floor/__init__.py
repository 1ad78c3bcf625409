"""Room ``floor``."""
