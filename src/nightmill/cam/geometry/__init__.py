"""Geometry for planning: polygons, slabs, meshes, bores, frames, arcs."""
