"""The growing log, streamed to its followers."""
