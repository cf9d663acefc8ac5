"""Letters that leave the collector: alerts and reports, by mail and by webhook."""
