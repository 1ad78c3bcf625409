"""Motion times."""
