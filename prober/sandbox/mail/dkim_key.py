"""Make the DKIM key that signs letters of the project in the world; its public key is in the world's DNS."""

import base64
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

_FILE, _BITS = "dkim.pem", 2048


def signing_key(state: Path) -> tuple[Path, str]:
    """Return the key file in `state`, made if it is missing, and the public key in base64."""
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
