"""The cost of one part at one site, factor by factor."""
