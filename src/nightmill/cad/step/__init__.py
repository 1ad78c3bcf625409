"""Check, read and heal STEP files; dimensions are in mm."""
