"""The `footfall` command: running, simulating and measuring Footfall."""
