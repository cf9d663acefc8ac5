"""Verification: whether a collector, running or stopped, is whole. It looks and changes nothing.

files.py      each file that the manifest lists: there, of its size and rows; read through, where that is asked for
books.py      the registry, the ledger against the batches, what sensors say they sent, what should be deleted
finding.py    what is found, and what to do about it
"""
