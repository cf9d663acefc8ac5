"""The tunnel: WireGuard for units that have no room for TLS."""
