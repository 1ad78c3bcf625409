"""Why an order is late: which order held each resource, and since when."""
