"""`footfall run`: the whole line on one machine: broker, collector, sensors, report and page."""
