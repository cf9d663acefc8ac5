"""How often somebody may try to sign in: pauses that grow with each failure, by account and by address.

Memory is bounded: names and addresses fall into a fixed number of slots by a keyed hash, so nobody can push another out
or choose whom to share with. Two that share a slot share its pauses. A try counts as failed until it is forgiven, so
that many at once get no more tries than one after the other.
"""

import hashlib
import ipaddress
import secrets
import threading
from dataclasses import dataclass

SLOTS = 4096
FORGOTTEN_MS = 3_600_000  # after so long without a try
PAUSE_MS = 1000  # after the first failure beyond the free ones; doubled with each


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many failures are free, and the longest pause."""

    free: int
    pause_max_ms: int


# An account's pause stays short: whoever can make it grow can keep its owner out that long.
ACCOUNT = Allowance(free=4, pause_max_ms=300_000)
ADDRESS = Allowance(free=20, pause_max_ms=900_000)


class Tries:
    """Failed tries by account and by address, of one process."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._slots = {ACCOUNT: [(0, 0)] * SLOTS, ADDRESS: [(0, 0)] * SLOTS}  # (failures, when the last was)

    def begin(self, account: str, address: str, now_ms: int) -> int:
        """Begin a try. Returns 0, or how many milliseconds are to pass before one may be begun."""
        places = self._places(account, address)
        with self._lock:
            pause_ms = max(self._pause_ms(allowance, slot, now_ms) for allowance, slot in places)
            if pause_ms <= 0:
                for allowance, slot in places:
                    self._slots[allowance][slot] = (self._failures(allowance, slot, now_ms) + 1, now_ms)
        return max(0, pause_ms)

    def forgive(self, account: str, address: str) -> None:
        """The try has succeeded: the account's failures are forgotten, the address's are one fewer."""
        (_, account_slot), (_, address_slot) = self._places(account, address)
        with self._lock:
            self._slots[ACCOUNT][account_slot] = (0, 0)
            failures, last_ms = self._slots[ADDRESS][address_slot]
            self._slots[ADDRESS][address_slot] = (max(0, failures - 1), last_ms)

    def failures(self, account: str, now_ms: int) -> int:
        """How often an account was tried in vain of late."""
        return self._failures(ACCOUNT, self._slot(account.casefold()), now_ms)

    def _failures(self, allowance: Allowance, slot: int, now_ms: int) -> int:
        failures, last_ms = self._slots[allowance][slot]
        return failures if now_ms - last_ms < FORGOTTEN_MS else 0

    def _pause_ms(self, allowance: Allowance, slot: int, now_ms: int) -> int:
        beyond = self._failures(allowance, slot, now_ms) - allowance.free
        if beyond <= 0:
            return 0
        pause_ms = min(allowance.pause_max_ms, PAUSE_MS << min(beyond - 1, 20))
        return self._slots[allowance][slot][1] + pause_ms - now_ms

    def _places(self, account: str, address: str) -> tuple[tuple[Allowance, int], tuple[Allowance, int]]:
        return (ACCOUNT, self._slot(account.casefold())), (ADDRESS, self._slot(_network(address)))

    def _slot(self, text: str) -> int:
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=4).digest()
        return int.from_bytes(digest, "big") % SLOTS


def _network(address: str) -> str:
    """What counts as one address: of IPv6 the first 64 bits, which one household has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)
