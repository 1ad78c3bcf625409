"""What the shop believes about its own next days, and re-planning by it."""
