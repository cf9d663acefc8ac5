"""Sensors by what people call them: tags, places, selections, sheets."""
