"""Answers for maintenance staff: open work, machine health and its histories, telemetry."""
