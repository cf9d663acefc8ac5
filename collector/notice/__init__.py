"""The notice at the door: written from the running configuration, and nothing on it that no test proves."""
