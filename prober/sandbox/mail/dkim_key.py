"""The key with which letters of the world are signed (DKIM). It is the project's own; its public half is in the DNS."""

import base64
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_FILE, _BITS = "dkim.pem", 2048


def signing_key(state: Path) -> tuple[Path, str]:
    """The key file in `state`, made when it is not there, and the public key in base64."""
    path = state / _FILE
    if path.exists():
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    else:
        key = rsa.generate_private_key(65537, _BITS)
        path.touch(mode=0o600)
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
            )
        )
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return path, base64.b64encode(public).decode("ascii")
