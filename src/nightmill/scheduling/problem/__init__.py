"""The scheduling problem and its solution as records; calendars; precedence."""
