"""Gauge studies and measurement uncertainty."""
