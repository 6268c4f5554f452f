"""Stands for `elasticsearch-certutil`, which no package here has: a zip with what its guide says.

`ca --pem` writes ca/ca.crt and ca/ca.key, `cert --pem --name N` writes N/N.crt and N/N.key. The
options are those that docker-compose.yml gives; any other ends it, as the real one would.
"""

from __future__ import annotations

import argparse
import ipaddress
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


def main() -> None:
    """Read the arguments and write the zip."""
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["ca", "cert"])
    for flag in ("--silent", "--pem"):
        parser.add_argument(flag, action="store_true", required=True)
    parser.add_argument("--days", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    for name in ("--ca-cert", "--ca-key", "--name", "--dns", "--ip"):
        parser.add_argument(name, default="")
    given = parser.parse_args()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    if given.mode == "ca":
        authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority of a test")])
        signed = _builder(authority, given.days).issuer_name(authority).public_key(key.public_key())
        basic = x509.BasicConstraints(ca=True, path_length=None)
        _write(given.out, "ca", key, signed.add_extension(basic, critical=True).sign(
            key, hashes.SHA256()))  # fmt: skip
        return
    issuer = x509.load_pem_x509_certificate(Path(given.ca_cert).read_bytes())
    signer = serialization.load_pem_private_key(Path(given.ca_key).read_bytes(), None)
    assert isinstance(signer, rsa.RSAPrivateKey)
    names = [*map(x509.DNSName, given.dns.split(",")),
             *(x509.IPAddress(ipaddress.ip_address(ip)) for ip in given.ip.split(","))]  # fmt: skip
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, given.name)])
    signed = _builder(subject, given.days).issuer_name(issuer.subject).public_key(key.public_key())
    signed = signed.add_extension(x509.SubjectAlternativeName(names), critical=False)
    _write(given.out, given.name, key, signed.sign(signer, hashes.SHA256()))


def _builder(subject: x509.Name, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject)
    return (
        builder.serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
    )


def _write(out: Path, name: str, key: rsa.RSAPrivateKey, signed: x509.Certificate) -> None:
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(f"{name}/{name}.crt", signed.public_bytes(serialization.Encoding.PEM))
        secret = key.private_bytes(serialization.Encoding.PEM,
                                   serialization.PrivateFormat.PKCS8,
                                   serialization.NoEncryption())  # fmt: skip
        file.writestr(f"{name}/{name}.key", secret)


if __name__ == "__main__":
    main()
