"""Exports: what the field's other tools read. Numbers as tables, and, where a tenant has it switched on, a feed."""
