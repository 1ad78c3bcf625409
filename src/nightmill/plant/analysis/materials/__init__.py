"""Answers on materials: demand, material plans, buffers, supplier risk."""
