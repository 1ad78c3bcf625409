"""Answers about plans: schedules for shops and files, promises, capacity, the effect of an event or a change, and why an order is late."""
