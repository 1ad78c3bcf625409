"""Cutting data: speeds, feeds and depths of milling, drilling, turning, and their limits."""
