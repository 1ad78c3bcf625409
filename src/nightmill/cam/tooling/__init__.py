"""Tools, machines and materials that a plan may use, and the choice of tools."""
