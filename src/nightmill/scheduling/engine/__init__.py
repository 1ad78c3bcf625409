"""The compiled decoder: from an order of work to times."""
