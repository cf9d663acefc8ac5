"""The Footfall sensor: from Wi-Fi frames to signed batches, on the access point itself."""

__version__ = "0.1.0"
BUILT_S = 1_795_305_600  # UTC, when this version was made: no clock that shows less is right
