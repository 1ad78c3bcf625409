"""Nightmill: from a CAD file to finished, inspected, costed parts in a shop with the lights out."""

__version__ = "0.1.0"
