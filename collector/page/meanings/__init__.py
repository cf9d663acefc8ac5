"""A page a metric: what its number means, how it may mislead, and what it is computed from."""
