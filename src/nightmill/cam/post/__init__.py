"""Posts: rewrite programs for another control, and change the feeds of a program."""
