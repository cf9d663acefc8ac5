"""Administration: the people who use this collector."""
