"""Keeping house: what runs beside intake so that a collector can be left alone."""
