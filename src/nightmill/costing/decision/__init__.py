"""Decisions from costs: where to make, what to bring home, how to split, and what would change the answer."""
