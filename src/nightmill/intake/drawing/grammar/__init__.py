"""The grammar of drawing text: callouts, feature control frames, threads, title block."""
