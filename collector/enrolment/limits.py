"""How often anybody may ask: a bucket a source, and one for all, in bounded memory."""

import ipaddress
from collections import OrderedDict

from ..admission.rates import Bucket

SOURCE_RATE_PER_S, SOURCE_BURST = 20.0, 120.0  # a bench of thirty units behind one address: two requests each 5 s
ALL_RATE_PER_S, ALL_BURST = 100.0, 400.0
SOURCES_MAX = 4096  # the one that has been quiet longest is forgotten
IPV6_PREFIX_BITS = 64  # what one subscriber is given


class Limits:
    """Asked for each request. Not to be used by two threads at a time."""

    def __init__(self, now_ms: int) -> None:
        self._all = Bucket(ALL_BURST, ALL_RATE_PER_S, ALL_BURST, now_ms)
        self._sources: OrderedDict[str, Bucket] = OrderedDict()

    def may_pass(self, host: str, now_ms: int) -> bool:
        """Whether a request of this source is to be looked at. A source over its own rate costs the others nothing."""
        source = source_of(host)
        bucket = self._sources.pop(source, None) or Bucket(SOURCE_BURST, SOURCE_RATE_PER_S, SOURCE_BURST, now_ms)
        self._sources[source] = bucket
        if len(self._sources) > SOURCES_MAX:
            self._sources.popitem(last=False)
        return bucket.take(now_ms) and self._all.take(now_ms)


def source_of(host: str) -> str:
    """What counts as one source: an address, of IPv6 its network."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ipaddress.IPv6Network((int(address), IPV6_PREFIX_BITS), strict=False))
