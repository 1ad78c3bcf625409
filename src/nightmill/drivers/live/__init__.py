"""A shop's own equipment behind one cell: real controls, people, and virtual units that stand in for what isn't connected."""
