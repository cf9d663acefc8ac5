"""What of a collector's folder concerns the broker, put together from the settings."""
