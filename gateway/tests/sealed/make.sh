#!/usr/bin/env bash
# Seals one name for the platform's keys with openssl, as a client has to, and in ways that it must
# not. OAEP draws randomness: each run writes other texts of the same meaning.
set -euo pipefail
cd "$(dirname "$0")"

name=欧阳待证实
credentials=../../credentials
public_key() { openssl pkey -in "$credentials/$1_key.pem" -pubout; }

seal() { # file, public key, openssl options
    printf %s "$name" |
        openssl pkeyutl -encrypt -pubin -inkey <(printf '%s\n' "$2") "${@:3}" |
        openssl base64 -A > "$1"
}
oaep=(-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1 -pkeyopt rsa_mgf1_md:sha1)
oaep256=(-pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256)

seal first "$(public_key platform)" "${oaep[@]}"
seal second "$(public_key second_platform)" "${oaep[@]}"
seal public_key "$(cat "$credentials/public_key.pem")" "${oaep[@]}"
seal merchant "$(public_key merchant)" "${oaep[@]}"
seal oaep_sha256 "$(cat "$credentials/public_key.pem")" "${oaep256[@]}"
seal pkcs1 "$(cat "$credentials/public_key.pem")" -pkeyopt rsa_padding_mode:pkcs1
