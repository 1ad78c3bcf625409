"""Explain why an order is late: which order held each resource, and from when."""
