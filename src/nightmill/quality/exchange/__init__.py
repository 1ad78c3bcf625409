"""Measurement formats: QIF, DMIS, AQDEF, AS9102, CSV."""
