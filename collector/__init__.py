"""The Footfall collector: verifies, stores and counts what sensors send."""
