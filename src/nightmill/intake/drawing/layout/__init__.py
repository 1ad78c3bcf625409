"""Where texts and strokes lie on a sheet: lines, cells, circled symbols."""
