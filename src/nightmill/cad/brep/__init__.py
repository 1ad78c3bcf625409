"""Boundary representation as records: faces, edges, adjacency."""
