"""Room ``verification``."""
