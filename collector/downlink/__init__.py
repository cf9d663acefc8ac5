"""The downlink: what the collector says to sensors, signed and numbered."""
