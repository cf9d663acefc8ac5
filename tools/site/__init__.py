"""docs/ as a small site: `make site`."""
