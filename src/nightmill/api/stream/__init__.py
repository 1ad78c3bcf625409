"""The log as it grows, to whoever follows it."""
