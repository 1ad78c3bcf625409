"""Face labels for the MFCAD and MFCAD++ data sets, derived from recognised features."""
