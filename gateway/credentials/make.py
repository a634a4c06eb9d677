#!/usr/bin/env python3
"""Makes the simulator's development credentials. DEVELOPMENT ONLY.

    make.py NAME ...      where NAME is merchant, platform, second_platform or public_key

Names, serial numbers and validity are fixed; the keys are not. Each run draws
new keys for what it is told to make and overwrites those PEM files beside this
script, so run it only when the committed files are to be replaced. The key of
the issuing CA is thrown away.

Needs Python 3.9 or later and the package `cryptography`.
"""

import sys
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


def validity(first_year):
    """A hundred years from New Year."""
    return (
        datetime(first_year, 1, 1, tzinfo=timezone.utc),
        datetime(first_year + 100, 1, 1, tzinfo=timezone.utc),
    )


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

PLATFORM = name("Tenpay.com", "Tenpay.com CA Center", "Tenpay.com sign (DEVELOPMENT ONLY)")

# file stem, subject, serial number, validity
CERTIFICATES = [
    (
        "merchant",
        name("微信商户系统", "DEVELOPMENT ONLY", "1900001109"),
        "5A0E1C7B2D9F48E36B105C8D7F2A94E1B3C6D8F0",
        validity(2020),
    ),
    (
        "platform",
        PLATFORM,
        "7132D72A03E93CDDF8C03BBD1F37EEDF00A1B2C3",
        validity(2020),
    ),
    # Valid from later on, as clients encrypt with the certificate that began last.
    (
        "second_platform",
        PLATFORM,
        "4E9C05B81A7D36F2C4086EAF91D3527B00D4E5F6",
        validity(2025),
    ),
]

NAMES = [stem for stem, _, _, _ in CERTIFICATES] + ["public_key"]


def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def write(file, data):
    (HERE / file).write_bytes(data)


def write_private_key(file, key):
    write(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def certificate(ca_key, subject, serial, valid, public_key):
    not_before, not_after = valid
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(ISSUER)
        .serial_number(int(serial, 16))
        .not_valid_before(not_before)
        .not_valid_after(not_after)
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


def make_certificate(stem, subject, serial, valid):
    key = new_key()
    write_private_key(f"{stem}_key.pem", key)
    made = certificate(new_key(), subject, serial, valid, key.public_key())
    write(f"{stem}_cert.pem", made.public_bytes(Encoding.PEM))

    read = x509.load_pem_x509_certificate((HERE / f"{stem}_cert.pem").read_bytes())
    if f"{read.serial_number:040X}" != serial:
        raise SystemExit(f"{stem}_cert.pem: wrong serial number")
    check(f"{stem}_key.pem", read.public_key())


def make_public_key():
    key = new_key()
    write_private_key("public_key_private.pem", key)
    write(
        "public_key.pem",
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )
    check("public_key_private.pem", load_pem_public_key((HERE / "public_key.pem").read_bytes()))


def main(wanted):
    if not wanted or not set(wanted) <= set(NAMES):
        raise SystemExit(f"say what to draw anew: {', '.join(NAMES)}")
    for stem, subject, serial, valid in CERTIFICATES:
        if stem in wanted:
            make_certificate(stem, subject, serial, valid)
    if "public_key" in wanted:
        make_public_key()


if __name__ == "__main__":
    main(sys.argv[1:])
