"""Statistical process control: charts, capability, rules and causes."""
