"""Drawings: pages of letters and strokes in, requirements with their places out."""
