"""The page: what a shop manager sees first. Made on the server, readable without scripts."""
