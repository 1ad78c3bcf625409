"""Certificate for a plan: pipeline, findings and verdict."""
