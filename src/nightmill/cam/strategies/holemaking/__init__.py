"""Holemaking: drilling, reaming, tapping, and their order."""
