"""Answers: a question about a site and a time becomes released numbers, and the memory of what was released."""
