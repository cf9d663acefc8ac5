"""Objections: whose phones are not counted, and the lists by which sensors know."""
