"""Process planning: setups, workholding, tool sequence, search, and what stays uncut and why."""
