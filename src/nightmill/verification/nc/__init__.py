"""Interpreters of NC programs, separate from the code that writes them."""
