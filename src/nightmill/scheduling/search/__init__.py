"""Search for good schedules: dispatch rules, ruin and recreate, annealing."""
