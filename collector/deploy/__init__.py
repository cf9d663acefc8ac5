"""Files for whoever runs a collector: systemd units, Prometheus rules, a Grafana dashboard."""
