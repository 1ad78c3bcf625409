"""Room ``economics``."""
