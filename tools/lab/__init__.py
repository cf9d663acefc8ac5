"""Emulated machines that run the sensor on real kernels: `make lab-air` and its kin."""
