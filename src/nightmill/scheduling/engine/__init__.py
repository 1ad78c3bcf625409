"""The compiled decoder: turns a sequence of work into times."""
