"""Tool offsets from measurements."""
