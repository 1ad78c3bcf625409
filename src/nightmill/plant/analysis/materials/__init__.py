"""Answers on material: demand, material plans, buffers, supplier risk."""
