"""Reporting: all numbers of a site and a time, each with its definition, and what stands beside them."""
