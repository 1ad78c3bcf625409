"""Room ``plant``."""
