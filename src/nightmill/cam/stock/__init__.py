"""The stock as it is cut: heights, open areas, remaining areas, levels."""
