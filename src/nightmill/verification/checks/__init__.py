"""Checks on a finished plan: walls, heights, reach, excess, gouges."""
