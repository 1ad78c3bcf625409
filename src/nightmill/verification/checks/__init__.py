"""Checks of a finished plan: walls, heights, reach, excess, gouges."""
