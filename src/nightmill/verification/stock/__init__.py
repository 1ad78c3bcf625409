"""Stock, fixtures and setups while a program cuts."""
