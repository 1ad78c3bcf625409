"""From the state of the shop to a scheduling problem and the plan in force."""
