"""A schedule in force and what happens to it."""
