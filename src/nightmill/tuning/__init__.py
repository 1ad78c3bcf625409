"""Room ``tuning``."""
