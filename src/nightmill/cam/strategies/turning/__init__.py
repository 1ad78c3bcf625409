"""Turning: outside, boring, grooving, threading."""
