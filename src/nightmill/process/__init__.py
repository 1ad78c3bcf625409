"""Room ``process``."""
