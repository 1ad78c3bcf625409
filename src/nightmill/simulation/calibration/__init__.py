"""Calibrate the simulator from the log, and score its past forecasts."""
