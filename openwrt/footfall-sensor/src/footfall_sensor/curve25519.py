"""X25519 of RFC 7748 in plain Python, for units whose feed has no `cryptography`: two multiplications a day.

Python's integers take longer for some values than for others: see docs/decisions/019 for why that will do here.
"""

KEY_BYTES = 32
_P = (1 << 255) - 19
_A24 = 121665
_BASE = (9).to_bytes(KEY_BYTES, "little")


def x25519(private: bytes | bytearray, point: bytes) -> bytes:
    """The u coordinate of `private` times `point`: both ends' secret where the point is the other's public key.

    All zeros where the point has a small order: whoever uses it must refuse that.
    """
    scalar = int.from_bytes(private, "little") & ~7 & ((1 << 254) - 1) | (1 << 254)
    x1 = int.from_bytes(point, "little") & ((1 << 255) - 1)
    x2, z2, x3, z3, swapped = 1, 0, x1, 1, 0
    for at in range(254, -1, -1):  # the Montgomery ladder, with the names of RFC 7748, section 5
        bit = scalar >> at & 1
        if swapped ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swapped = bit
        a, b = x2 + z2, x2 - z2
        aa, bb = a * a % _P, b * b % _P
        e = aa - bb
        da, cb = (x3 - z3) * a % _P, (x3 + z3) * b % _P
        x3, z3 = (da + cb) ** 2 % _P, x1 * (da - cb) ** 2 % _P
        x2, z2 = aa * bb % _P, e * (aa + _A24 * e) % _P
    if swapped:
        x2, z2 = x3, z3
    return (x2 * pow(z2, _P - 2, _P) % _P).to_bytes(KEY_BYTES, "little")


def public_of(private: bytes | bytearray) -> bytes:
    """The public key of a private one."""
    return x25519(private, _BASE)
