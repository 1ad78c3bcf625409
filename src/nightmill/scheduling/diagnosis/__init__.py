"""Explain why a plan is late or impossible: counterfactuals, conflicts and relaxations."""
