#!/usr/bin/env python3
"""Makes the encrypted bills in this folder, and checks them at the end.

    ./make.py              keep the sealed keys there are: the same files again
    ./make.py --new-keys   seal them anew, which the padding makes different

Needs Python 3 with the package `cryptography`. The bill is ../bills/fund_flow.csv; the merchant's
keys are those of ../known_answers/keys.
"""

import base64
import gzip
import hashlib
import itertools
import sys
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HERE = Path(__file__).resolve().parent
KEYS = HERE.parent / "known_answers" / "keys"
FILE_KEY = b"GHIJKLMNOPQRSTUV0123456789abcdef"
OAEP = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
REDUCED = 0xE1 << 120


def times(a, b):
    """The product in the field of GCM, bits reversed."""
    product = 0
    for bit in range(127, -1, -1):
        if a >> bit & 1:
            product ^= b
        b = b >> 1 ^ (REDUCED if b & 1 else 0)
    return product


def first_counter(nonce):
    """The block from which a nonce of 16 bytes counts."""
    ecb = Cipher(algorithms.AES(FILE_KEY), modes.ECB()).encryptor()
    key = int.from_bytes(ecb.update(bytes(16)), "big")
    return times(times(int.from_bytes(nonce, "big"), key) ^ 128, key)


def nonce_that_wraps(blocks):
    """A nonce whose counter runs over within so many blocks, which one in millions does.

    What a nonce starts from is linear in it, so its halves are searched apart.
    """
    none = first_counter(bytes(16))
    halves = [format(n, "08x").encode() for n in range(8192)]
    drop = blocks.bit_length() - 1
    high = 0xFFFFFFFF >> drop
    lefts = {}
    for half in halves:
        lefts[(first_counter(half + bytes(8)) & 0xFFFFFFFF) >> drop] = half
    for half in halves:
        right = first_counter(bytes(8) + half) ^ none
        left = lefts.get((right & 0xFFFFFFFF) >> drop ^ high)
        if left is None:
            continue
        nonce = left + half
        counter = first_counter(nonce) & 0xFFFFFFFF
        if 2 < 2**32 - counter < blocks:
            return nonce
    sys.exit("no nonce found")


def write(name, data):
    path = HERE / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)


def case(name, nonce, bill, packed=None):
    write(f"{name}/nonce", nonce)
    write(f"{name}/sha1", hashlib.sha1(bill).hexdigest().encode())
    write(f"{name}/file", AESGCM(FILE_KEY).encrypt(nonce, bill if packed is None else packed, b""))


def sealed(name, text, public):
    if "--new-keys" in sys.argv or not (HERE / name).exists():
        write(name, base64.b64encode(public.encrypt(text, OAEP)))


public = serialization.load_pem_public_key((KEYS / "merchant_spki.pem").read_bytes())
private = serialization.load_pem_private_key((KEYS / "merchant_pkcs8.pem").read_bytes(), None)
flow = (HERE.parent / "bills" / "fund_flow.csv").read_bytes()
long = b"".join(itertools.repeat(flow, 16384 // len(flow) + 1))

write("key", FILE_KEY)
sealed("encrypt_key", FILE_KEY, public)
sealed("encrypt_key_of_16_bytes", FILE_KEY[:16], public)
case("twelve", b"fdasflkja484", flow)
case("sixteen", b"a8607ef79034c49c", flow)
case("packed", b"a8607ef79034c49d", flow, gzip.compress(flow, mtime=0))
case("empty", b"a8607ef79034c49e", b"")
case("wraps", nonce_that_wraps(len(long) // 16), long)

for name, length in [("encrypt_key", 32), ("encrypt_key_of_16_bytes", 16)]:
    opened = private.decrypt(base64.b64decode((HERE / name).read_bytes()), OAEP)
    assert opened == FILE_KEY[:length], name
for folder in sorted(path.parent for path in HERE.glob("*/file")):
    opened = AESGCM(FILE_KEY).decrypt(
        (folder / "nonce").read_bytes(), (folder / "file").read_bytes(), b""
    )
    bill = gzip.decompress(opened) if folder.name == "packed" else opened
    assert bill in (b"", flow, long), folder
    assert hashlib.sha1(bill).hexdigest() == (folder / "sha1").read_text(), folder
    print(f"{folder.name}: {len(bill)} bytes")
