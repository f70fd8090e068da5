"""Signatures of Cognito's tokens."""

import base64
import json
import threading

from ministack.services import apigateway, apigateway_v1, cognito

from .. import rsa
from ..repair import part


def sign_tokens(_handlers):
    """Upstream: without the package cryptography the signature of a Cognito token is noise, and an API refuses every token.
    The key is made when somebody first asks for it."""
    part(cognito, '_signed_jwt')
    jwks, jwk = part(cognito, 'well_known_jwks'), part(cognito, '_JWKS_KEY')
    if part(cognito, '_RSA_PRIVATE_KEY') is not None:
        return
    made = []
    lock = threading.Lock()

    def private_key():
        with lock:
            if not made:
                made.append(rsa.PrivateKey())
                jwk.update(n=encoded(number(made[0].modulus)), e=encoded(number(rsa.EXPONENT)))
            return made[0]

    def sign(claims, *_):
        head = {'alg': 'RS256', 'kid': jwk['kid']}
        signed = '.'.join(encoded(json.dumps(each).encode()) for each in (head, claims))
        return f'{signed}.{encoded(private_key().sign(signed.encode()))}'

    def published(pool_id):
        private_key()
        return jwks(pool_id)

    cognito._signed_jwt = sign
    cognito.well_known_jwks = published
    # APIs of both versions have the name for themselves.
    for gateway in (apigateway, apigateway_v1):
        part(gateway, '_verify_rs256_signature')
        gateway._verify_rs256_signature = verify


def verify(token, jwk):
    signed, _, signature = token.rpartition('.')
    try:
        modulus, exponent = (int.from_bytes(decoded(jwk.get(name, '')), 'big') for name in ('n', 'e'))
        return rsa.verify(signed.encode(), decoded(signature), modulus, exponent)
    except (ValueError, OverflowError):
        return False


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def decoded(text):
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))


def number(value):
    return value.to_bytes((value.bit_length() + 7) // 8, 'big')


REPAIRS = (sign_tokens,)
