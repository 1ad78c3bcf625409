"""Answers on plans: schedules of shops and files, promises, capacity, what an event or a change does, why an order is late."""
