"""What is missing, contradictory or unexplained in a draft."""
