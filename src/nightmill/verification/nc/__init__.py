"""Interpreters for NC programs, separate from the code that writes the programs."""
