"""Review of a draft: what is missing, contradictory or unexplained."""
