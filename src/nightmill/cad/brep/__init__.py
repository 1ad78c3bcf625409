"""The boundary representation as records: faces, edges, adjacency."""
