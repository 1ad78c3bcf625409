"""Stock, fixtures and setups as a program cuts them."""
