"""Drawings: read pages of letters and strokes into requirements, each with its position on the page."""
