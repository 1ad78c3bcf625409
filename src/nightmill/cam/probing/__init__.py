"""Probe points on the incoming piece, and the probing cycles that find a setup's zero point."""
