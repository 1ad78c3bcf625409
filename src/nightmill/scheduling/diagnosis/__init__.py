"""Counterfactuals, conflicts and relaxations: why a plan is late or impossible."""
