"""Readers for PDF and DXF drawings."""
