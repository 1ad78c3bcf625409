"""The inspection plan: characteristics, gauges, bindings, containment."""
