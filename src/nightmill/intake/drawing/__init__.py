"""Drawings: read pages of letters and strokes into requirements with their places."""
