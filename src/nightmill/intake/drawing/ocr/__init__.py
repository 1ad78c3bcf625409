"""Text on scanned drawings."""
