"""Rescheduling: the schedule in force, and how events change it."""
