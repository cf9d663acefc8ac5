"""The operator's pages: is the collector well? What came in, what was refused, what is kept, and who did what."""
