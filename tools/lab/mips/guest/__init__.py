"""What runs inside the lab: on the MIPS machine or in qemu's user mode, beside the sensor and the standard library."""
