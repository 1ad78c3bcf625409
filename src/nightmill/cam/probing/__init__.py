"""Where a finished part is probed, and the probing cycles."""
