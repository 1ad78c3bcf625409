"""Drawings as PDF and DXF."""
