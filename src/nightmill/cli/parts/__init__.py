"""Commands for parts: plan, features, verify, read, site, bring-home."""
