"""Campaigns: a change goes over the fleet in stages, and stops by itself where units fail."""
