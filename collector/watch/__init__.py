"""The watch over the fleet: conditions of sensors, alerts made of them, and who is told."""
