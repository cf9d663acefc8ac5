"""The Footfall sensor: from Wi-Fi frames to signed batches, on the access point itself."""

__version__ = "0.1.0"
