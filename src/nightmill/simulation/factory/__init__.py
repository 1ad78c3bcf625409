"""The simulator of large factories, in AutoSched-style tables or JSON."""
