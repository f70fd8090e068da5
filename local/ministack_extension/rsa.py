"""RSA signatures as PKCS #1 1.5 has them, in a few lines: a package for them is built for each kind of machine."""

import base64
import hashlib
import secrets

# Bytes of a modulus.
SIZE = 256
EXPONENT = 65537

SMALL_PRIMES = (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)
# How a signature tells what it is a hash of.
HASHES = {
    hashlib.sha1: bytes.fromhex('3021300906052b0e03021a05000414'),
    hashlib.sha256: bytes.fromhex('3031300d060960864801650304020105000420'),
}
RSA_ENCRYPTION = bytes.fromhex('06092a864886f70d010101')


class PrivateKey:
    """Made anew, which takes a moment."""

    def __init__(self):
        p, q = prime(), prime()
        self.modulus = p * q
        self.secret = pow(EXPONENT, -1, (p - 1) * (q - 1))

    def sign(self, message):
        return pow(int.from_bytes(padded(message, SIZE, hashlib.sha256), 'big'), self.secret, self.modulus).to_bytes(SIZE, 'big')


def verify(message, signature, modulus, exponent, hashed=hashlib.sha256):
    """Raises OverflowError for a key or a signature that is none."""
    length = (modulus.bit_length() + 7) // 8
    return pow(int.from_bytes(signature, 'big'), exponent, modulus).to_bytes(length, 'big') == padded(message, length, hashed)


def padded(message, length, hashed):
    told = HASHES[hashed] + hashed(message).digest()
    return b'\0\1' + b'\xff' * (length - len(told) - 3) + b'\0' + told


def public_key(pem):
    """Modulus and exponent of a SubjectPublicKeyInfo; None for a key of another kind, or none at all."""
    try:
        [info] = parts(base64.b64decode(''.join(line for line in pem.split('\n') if '-----' not in line)))
        algorithm, bits = parts(info)
        if not algorithm.startswith(RSA_ENCRYPTION):
            return None
        # The first byte says how many bits of the last one do not count.
        [key] = parts(bits[1:])
        modulus, exponent = (int.from_bytes(number, 'big') for number in parts(key))
        return modulus, exponent
    except (IndexError, ValueError):
        return None


def parts(der):
    """The contents of what stands in DER one after the other."""
    found = []
    while der:
        start, length = 2, der[1]
        if length > 127:
            start += length - 128
            length = int.from_bytes(der[2:start], 'big')
        found.append(der[start:start + length])
        der = der[start + length:]
    return found


def prime():
    while True:
        number = secrets.randbits(SIZE * 4) | 3 << SIZE * 4 - 2 | 1
        if number % EXPONENT != 1 and is_prime(number):
            return number


def is_prime(number):
    """Miller and Rabin, eight times."""
    if any(number % small == 0 for small in SMALL_PRIMES):
        return False
    twos = (number - 1 & 1 - number).bit_length() - 1
    for _ in range(8):
        power = pow(secrets.randbelow(number - 3) + 2, number - 1 >> twos, number)
        if power not in (1, number - 1) and all((power := power * power % number) != number - 1 for _ in range(twos - 1)):
            return False
    return True
