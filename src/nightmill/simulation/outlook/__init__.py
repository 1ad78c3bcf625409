"""Replications of the coming days in the shop, and their summary."""
