"""Why an order is late: who held what, and since when."""
