"""`footfall fleet`, a module a subject."""
