"""The MQTT broker in production: what it is told (mosquitto's files), and how it learns that a unit is revoked."""
