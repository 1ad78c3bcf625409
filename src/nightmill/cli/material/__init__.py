"""Commands for material: plans, demand, buffers, suppliers."""
