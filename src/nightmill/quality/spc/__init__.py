"""Statistical process control: charts, capability, rules, causes."""
