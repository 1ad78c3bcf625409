"""Product manufacturing information of a STEP file: dimensions, tolerances, datums."""
