"""Independent checks of problems and schedules."""
