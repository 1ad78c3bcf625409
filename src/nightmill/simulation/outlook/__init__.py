"""Many replications of the shop's next days, summed up."""
