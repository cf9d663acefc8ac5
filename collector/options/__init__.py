"""Options: the collector's settings, their sources, and what explains them."""
