"""The air lab: a Debian kernel with emulated radios (mac80211_hwsim) in qemu, phones that scan, and the real sensor.

`make lab-air` runs it. `guest/` is what runs inside the machine, everything else runs on the host: `scene` is known to
both. The machine sees nothing but two ports of this host's loopback: the broker, and a place to leave its records.
"""
