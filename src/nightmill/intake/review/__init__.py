"""Review of a draft for missing, contradictory and unexplained values."""
