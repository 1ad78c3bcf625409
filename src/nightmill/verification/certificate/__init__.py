"""The certificate: its pipeline, findings and verdict."""
