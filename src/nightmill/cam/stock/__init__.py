"""Stock while it is cut: heights, open areas, remaining areas, levels."""
