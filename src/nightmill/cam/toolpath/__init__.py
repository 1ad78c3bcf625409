"""Programs as they are written: moves, lead-ins, offset paths, motion times."""
