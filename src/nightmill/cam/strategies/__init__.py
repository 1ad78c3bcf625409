"""Cutting strategies: holemaking, milling, turning."""
