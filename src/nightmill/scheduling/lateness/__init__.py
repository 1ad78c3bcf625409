"""Why an order is late: who held which resource, and since when."""
