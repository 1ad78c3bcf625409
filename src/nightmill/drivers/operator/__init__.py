"""People as drivers: commands become tasks, and a person's answer is the evidence."""
