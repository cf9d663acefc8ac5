"""`footfall collector`, a module a subject."""
