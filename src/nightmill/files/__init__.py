"""Room ``files``."""
