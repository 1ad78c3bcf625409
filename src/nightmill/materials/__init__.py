"""Room ``materials``."""
