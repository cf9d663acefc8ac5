"""Counting: how many phones, and so how many people, were behind what was heard in a few minutes."""
