"""Premises: what is known of a site's rooms: its zones, walks through it, and where inside begins."""
