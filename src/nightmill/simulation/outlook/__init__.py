"""Replications of the shop's next days and their summary."""
