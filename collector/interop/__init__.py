"""The fleet as other systems read it: CSV, GeoJSON, Prometheus targets, OpenWISP. Nothing of any visitor is in it."""
