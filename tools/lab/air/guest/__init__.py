"""What runs inside the emulated machine, on the standard library alone."""
