"""The MIPS lab: Python and the sensor built for a big-endian 24Kc without floating point, and measured in qemu.

`make lab-mips` runs it. The scripts fetch and build, once; `guest/` is what runs inside, everything else on this host.
"""
