"""Answers about materials: demand, material plans, buffers, supplier risk."""
