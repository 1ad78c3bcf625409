"""Process planning: setups, workholding, tool sequence, search, and the surface that stays uncut with the reasons."""
