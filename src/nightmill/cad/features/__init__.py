"""Feature recognition: holes, pockets, blends, patterns."""
