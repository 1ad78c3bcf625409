"""Turn the state of the shop into a scheduling problem and the plan in force."""
