"""Search for good schedules: rules, ruin and recreate, annealing."""
