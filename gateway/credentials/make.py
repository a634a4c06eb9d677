#!/usr/bin/env python3
"""Makes the simulator's development credentials. DEVELOPMENT ONLY.

Names, serial numbers and validity are fixed; the keys are not. Every run draws
new keys and overwrites the PEM files beside this script, so run it only when
the committed files are to be replaced. The key of the issuing CA is thrown
away.

Needs Python 3.9 or later and the package `cryptography`.
"""

from datetime import datetime, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.x509.oid import NameOID

HERE = Path(__file__).resolve().parent

NOT_BEFORE = datetime(2020, 1, 1, tzinfo=timezone.utc)
NOT_AFTER = datetime(2120, 1, 1, tzinfo=timezone.utc)


def name(organization, unit, common_name):
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


ISSUER = name("Tenpay.com", "Tenpay.com CA Center", "Tenpay.com Root CA (DEVELOPMENT ONLY)")

# file stem, subject, serial number
CERTIFICATES = [
    (
        "merchant",
        name("微信商户系统", "DEVELOPMENT ONLY", "1900001109"),
        "5A0E1C7B2D9F48E36B105C8D7F2A94E1B3C6D8F0",
    ),
    (
        "platform",
        name("Tenpay.com", "Tenpay.com CA Center", "Tenpay.com sign (DEVELOPMENT ONLY)"),
        "7132D72A03E93CDDF8C03BBD1F37EEDF00A1B2C3",
    ),
]


def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def write(file, data):
    (HERE / file).write_bytes(data)


def write_private_key(file, key):
    write(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def certificate(ca_key, subject, serial, public_key):
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(ISSUER)
        .serial_number(int(serial, 16))
        .not_valid_before(NOT_BEFORE)
        .not_valid_after(NOT_AFTER)
        .public_key(public_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=True,
                key_encipherment=True,
                data_encipherment=True,
                key_agreement=False,
                key_cert_sign=False,
                crl_sign=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=False,
        )
    )
    return builder.sign(ca_key, hashes.SHA256())


def check(private_file, public_key):
    """The private key in the file must belong to the public key."""
    data = (HERE / private_file).read_bytes()
    if not data.startswith(b"-----BEGIN PRIVATE KEY-----\n"):
        raise SystemExit(f"{private_file}: not PKCS#8 PEM")
    signature = load_pem_private_key(data, None).sign(b"check", padding.PKCS1v15(), hashes.SHA256())
    public_key.verify(signature, b"check", padding.PKCS1v15(), hashes.SHA256())


def main():
    ca_key = new_key()
    for stem, subject, serial in CERTIFICATES:
        key = new_key()
        write_private_key(f"{stem}_key.pem", key)
        made = certificate(ca_key, subject, serial, key.public_key())
        write(f"{stem}_cert.pem", made.public_bytes(Encoding.PEM))

        read = x509.load_pem_x509_certificate((HERE / f"{stem}_cert.pem").read_bytes())
        if f"{read.serial_number:040X}" != serial:
            raise SystemExit(f"{stem}_cert.pem: wrong serial number")
        check(f"{stem}_key.pem", read.public_key())

    key = new_key()
    write_private_key("public_key_private.pem", key)
    write(
        "public_key.pem",
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )
    check("public_key_private.pem", load_pem_public_key((HERE / "public_key.pem").read_bytes()))


if __name__ == "__main__":
    main()
