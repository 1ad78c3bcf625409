"""Room ``maintenance``."""
