"""The classic job shop and flexible job shop: instances, bounds, tabu search."""
