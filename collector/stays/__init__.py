"""Stays: sightings become stays of tokens, once, as time closes."""
