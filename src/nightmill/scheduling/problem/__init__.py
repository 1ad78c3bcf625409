"""The scheduling problem and its answer as records, calendars, precedence."""
