"""Stock during cutting: heights, open areas, remaining areas, levels."""
