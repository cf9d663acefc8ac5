"""What loads and fleets share: light MQTT connections, a stage with broker and collector, what processes cost."""
