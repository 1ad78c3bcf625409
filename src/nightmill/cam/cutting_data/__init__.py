"""Speeds, feeds and depths: milling, drilling, turning, and their limits."""
