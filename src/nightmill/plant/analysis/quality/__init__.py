"""Answers about quality: vision, control charts, causes, gauges, results, containment, traceability."""
