"""Certificate of a plan: its pipeline, findings and verdict."""
