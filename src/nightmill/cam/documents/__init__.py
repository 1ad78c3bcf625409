"""Setup sheets and setup pictures."""
