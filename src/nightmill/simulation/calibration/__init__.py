"""What the log teaches the simulator, and how good its forecasts were."""
