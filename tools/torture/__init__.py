"""Torture: real sensors, broker and collector, killed and cut off while an oracle keeps count."""
