"""Milling: levels, waterlines, chamfers, surfaces, rest material."""
