"""The nodes' joint certificate: by it they know each other. It is its own authority, so that no sensor's will do."""

from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from ..keys.authority import AUTHORITY_MS
from ..keys.certificate import Pair, alternative, builder, described, key_pem, named, usage


def make(hosts: Sequence[str], now_ms: int) -> Pair:
    """Key and certificate for nodes under these names and addresses."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = named("Footfall nodes")
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate = (
        builder(name, name, key.public_key(), now_ms, now_ms + AUTHORITY_MS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(both), critical=False)
        .add_extension(x509.SubjectAlternativeName([alternative(host) for host in hosts]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Pair(described(certificate), key_pem(key).decode())
