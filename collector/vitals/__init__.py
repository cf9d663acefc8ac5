"""Vitals: figures about the collector itself. None speaks of people."""
