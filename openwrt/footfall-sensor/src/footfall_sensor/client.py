"""paho-mqtt's client module, `mqtt`, as a small unit can carry it: 1.6.1 or 2.x, without OpenSSL, without proxies."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

__all__ = ["mqtt"]

_PROXIES = "urllib.request"


@contextmanager
def _no_proxies() -> Iterator[None]:
    """An empty module stands in while paho is imported: it asks the real one for a proxy alone, and that one brings
    http, email and tempfile along, 1.1 MB on a unit. Whoever imports the real one afterwards gets it."""
    if _PROXIES in sys.modules:
        yield
        return
    sys.modules[_PROXIES] = ModuleType(_PROXIES)
    try:
        yield
    finally:
        del sys.modules[_PROXIES]


with _no_proxies():
    import paho.mqtt.client as mqtt


class _NoTls:
    """What paho names in its except clauses, also where Python has no ssl.

    Without it a connection that is reset, or a message that comes in pieces, ends paho's thread and nobody is told.
    """

    class SSLWantReadError(Exception):
        """Never raised."""

    class SSLWantWriteError(Exception):
        """Never raised."""


_paho: Any = mqtt
_paho.socks = None  # or it would look for a proxy, where PySocks is installed
if _paho.ssl is None:  # a lean unit, without OpenSSL
    _paho.ssl = _NoTls
