"""Write programs: moves, lead-ins, offset paths, motion times."""
