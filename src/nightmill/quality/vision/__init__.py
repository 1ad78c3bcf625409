"""Images: anomaly model, defect classifier, features, drift of the camera."""
