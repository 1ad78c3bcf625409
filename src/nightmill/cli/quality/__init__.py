"""Commands for quality, machines and process parameters."""
