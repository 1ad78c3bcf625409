"""Product manufacturing information in a STEP file: dimensions, tolerances, datums."""
