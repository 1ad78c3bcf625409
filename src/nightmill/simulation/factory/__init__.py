"""Simulator of large factories, given as AutoSched-style tables or JSON."""
