"""Answers for maintenance staff: open work, machine health, machine histories, telemetry."""
