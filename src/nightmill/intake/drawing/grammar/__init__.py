"""The grammar of a drawing's texts: callouts, feature control frames, threads, title block."""
