"""Check, read and heal STEP files; sizes in mm."""
