"""Holemaking: drill, ream, tap, and in which order."""
