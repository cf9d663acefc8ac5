"""A Debian with nothing on it, in a folder, and a newcomer's two commands in there."""
