"""Tools, machines and materials that a plan may use, and how tools are chosen."""
