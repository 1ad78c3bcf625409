"""Room ``kpi``."""
