"""Images: whole firmwares that campaigns can bring to units."""
