"""STEP files: checked, read, healed, in mm."""
