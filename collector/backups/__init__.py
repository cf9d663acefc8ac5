"""Backups: made while running, restored into an empty place."""
