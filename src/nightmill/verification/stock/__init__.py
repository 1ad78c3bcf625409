"""Stock, fixtures and setups during cutting."""
