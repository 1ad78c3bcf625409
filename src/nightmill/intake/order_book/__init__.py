"""Order tables."""
