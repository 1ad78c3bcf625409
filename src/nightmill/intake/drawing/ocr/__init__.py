"""Texts of scanned drawings."""
