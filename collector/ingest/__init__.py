"""Ingest: from the broker to the store, in handfuls, and the acknowledgement once it is durable."""
