"""What a running process holds: a search through all its writable memory, as the kernel shows it. Needs root."""

import struct
from collections.abc import Mapping
from pathlib import Path

CHUNK_BYTES = 1 << 22


def count(pid: int, needles: Mapping[str, bytes]) -> dict[str, int]:
    """How often each needle stands in the memory of a process."""
    found = dict.fromkeys(needles, 0)
    longest = max(map(len, needles.values()))
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for start, end in _writable(pid):
            tail = b""
            for at in range(start, end, CHUNK_BYTES):
                try:
                    memory.seek(at)
                    raw = tail + memory.read(min(CHUNK_BYTES, end - at))
                except OSError:  # the kernel's own pages, and what was unmapped in between
                    break
                for name, needle in needles.items():
                    found[name] += raw.count(needle) - tail.count(needle)
                tail = raw[-(longest - 1) :]
    return found


def size_bytes(pid: int) -> int:
    return sum(end - start for start, end in _writable(pid))


def _writable(pid: int) -> list[tuple[int, int]]:
    spans = []
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        span, rights, *_ = line.split()
        if rights.startswith("rw"):
            start, _, end = span.partition("-")
            spans.append((int(start, 16), int(end, 16)))
    return spans


def sha256_state(block: bytes) -> bytes:
    """SHA-256's state after one block of 64 bytes, as it lies in memory: eight words in the machine's order.

    FIPS 180-4, because no library shows its state; with it tokens can be made as well as with the key.
    """
    words = list(struct.unpack(">16I", block))
    for at in range(16, 64):
        one, two = words[at - 15], words[at - 2]
        small_0 = _turn(one, 7) ^ _turn(one, 18) ^ one >> 3
        small_1 = _turn(two, 17) ^ _turn(two, 19) ^ two >> 10
        words.append((words[at - 16] + small_0 + words[at - 7] + small_1) & 0xFFFFFFFF)
    primes = [n for n in range(2, 312) if all(n % d for d in range(2, int(n**0.5) + 1))]
    begin = [_root(prime, 2) for prime in primes[:8]]
    a, b, c, d, e, f, g, h = begin
    for word, prime in zip(words, primes, strict=True):
        big_1 = _turn(e, 6) ^ _turn(e, 11) ^ _turn(e, 25)
        one = (h + big_1 + (e & f ^ ~e & g) + _root(prime, 3) + word) & 0xFFFFFFFF
        two = (_turn(a, 2) ^ _turn(a, 13) ^ _turn(a, 22)) + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = (one + two) & 0xFFFFFFFF, a, b, c, (d + one) & 0xFFFFFFFF, e, f, g
    return struct.pack("=8I", *((x + y) & 0xFFFFFFFF for x, y in zip(begin, (a, b, c, d, e, f, g, h), strict=True)))


def _turn(word: int, bits: int) -> int:
    return (word >> bits | word << 32 - bits) & 0xFFFFFFFF


def _root(prime: int, power: int) -> int:
    """The first 32 bits of the fractional part of a prime's square or cube root."""
    wanted = prime << 32 * power
    low, high = 0, 1 << 40
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**power <= wanted else (low, middle - 1)
    return low & 0xFFFFFFFF
