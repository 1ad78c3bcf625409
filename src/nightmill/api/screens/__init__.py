"""The read models of the control room's screens."""
