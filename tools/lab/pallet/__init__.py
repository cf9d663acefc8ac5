"""A simulated pallet: twenty units on emulated networks, checked, written, placed and verified by the real commands."""
