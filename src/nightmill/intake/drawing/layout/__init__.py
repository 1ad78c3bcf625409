"""The layout of a sheet: lines of text, cells, circled symbols."""
