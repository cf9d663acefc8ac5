#!/bin/sh
# footfall-sensor: the agent, from its own folder. -P keeps the folder one stands in off the path: root may stand in
# /tmp. The byte-code that the init script left in RAM is read where it is there, and belongs to root.
export PYTHONPATH=/usr/lib/footfall
export PYTHONPYCACHEPREFIX=/var/run/footfall-code
exec python3 -P -s -m footfall_sensor "$@"
