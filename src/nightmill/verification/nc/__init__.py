"""The interpreters of NC programs, apart from the writers."""
