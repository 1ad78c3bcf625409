"""Shapes that planning works on: polygons, slabs, meshes, bores, frames, arcs."""
