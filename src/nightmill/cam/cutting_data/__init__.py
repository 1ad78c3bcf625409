"""Cutting data: speeds, feeds and depths for milling, drilling and turning, and their limits."""
