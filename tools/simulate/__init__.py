"""Simulated shop days: captures with a known truth, for tests, demonstrations and first looks.

What is made here is a test input, not evidence. Nothing measured on it says how well real people are counted.
"""
