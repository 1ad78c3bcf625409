"""Room ``twin``."""
