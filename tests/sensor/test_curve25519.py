"""X25519 in plain Python gives what RFC 7748 and the cryptography package give."""

import os

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from footfall_sensor.curve25519 import public_of, x25519

BASE = bytes((9, *bytes(31)))

# RFC 7748, section 5.2: scalar, u coordinate, result.
VECTORS = [
    (
        "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
        "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    ),
    (
        "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
        "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",  # its highest bit is set, and ignored
        "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
    ),
]


@pytest.mark.parametrize(("scalar", "point", "result"), VECTORS)
def test_rfc_7748_vectors(scalar: str, point: str, result: str) -> None:
    assert x25519(bytes.fromhex(scalar), bytes.fromhex(point)).hex() == result


def test_rfc_7748_a_thousand_times() -> None:
    """Section 5.2: each result is the next scalar, each scalar the next point."""
    scalar = point = BASE
    for count in range(1000):
        scalar, point = x25519(scalar, point), scalar
        if count == 0:
            assert scalar.hex() == "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"
    assert scalar.hex() == "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"


def test_rfc_7748_diffie_hellman() -> None:
    """Section 6.1: Bob's public key, and the secret that he shares with Alice."""
    bob = bytes.fromhex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")
    alice_public = bytes.fromhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
    assert public_of(bob).hex() == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
    assert x25519(bob, alice_public).hex() == "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"


def test_random_keys_agree_with_cryptography() -> None:
    """A hundred pairs: the same public keys, and the same shared secret from either end by either implementation."""
    for _ in range(100):
        ours, theirs = os.urandom(32), os.urandom(32)
        peer = X25519PrivateKey.from_private_bytes(theirs)
        public = peer.public_key().public_bytes_raw()
        assert public_of(theirs) == public
        shared = peer.exchange(X25519PublicKey.from_public_bytes(public_of(ours)))
        assert x25519(ours, public) == shared == x25519(theirs, public_of(ours))


# Points of small order (RFC 7748, section 7): 0, 1, p - 1 and p, p + 1 with their twins.
SMALL = [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18]


@pytest.mark.parametrize("point", SMALL)
def test_points_of_small_order_give_zeros(point: int) -> None:
    """Whatever the scalar is; that is how they are told."""
    assert x25519(os.urandom(32), point.to_bytes(32, "little")) == bytes(32)
