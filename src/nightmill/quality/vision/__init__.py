"""Images: anomaly model, defect classifier, features, and camera drift."""
