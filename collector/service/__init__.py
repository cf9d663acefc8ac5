"""The service: the processes of a collector, from start to stop."""
