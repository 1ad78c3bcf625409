"""Face labels of the MFCAD and MFCAD++ sets, derived from recognised features."""
