"""The digital twin's view of the shop's next days, and re-planning from it."""
