"""Closed meshes of solids, and their volume and area."""
