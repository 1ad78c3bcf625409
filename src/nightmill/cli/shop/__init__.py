"""Commands for the shop: run and serve, plans and promises, the night, the log."""
