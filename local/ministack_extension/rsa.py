"""RSA signatures of SHA-256 as PKCS #1 1.5 has them, in a few lines: a package for them is built for each kind of machine."""

import hashlib
import secrets

# Bytes of a modulus.
SIZE = 256
EXPONENT = 65537

SMALL_PRIMES = (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47)
SHA_256 = bytes.fromhex('3031300d060960864801650304020105000420')


class PrivateKey:
    """Made anew, which takes a moment."""

    def __init__(self):
        p, q = prime(), prime()
        self.modulus = p * q
        self.secret = pow(EXPONENT, -1, (p - 1) * (q - 1))

    def sign(self, message):
        return pow(int.from_bytes(padded(message, SIZE), 'big'), self.secret, self.modulus).to_bytes(SIZE, 'big')


def verify(message, signature, modulus, exponent):
    """Raises OverflowError for a key or a signature that is none."""
    length = (modulus.bit_length() + 7) // 8
    return pow(int.from_bytes(signature, 'big'), exponent, modulus).to_bytes(length, 'big') == padded(message, length)


def padded(message, length):
    told = SHA_256 + hashlib.sha256(message).digest()
    return b'\0\1' + b'\xff' * (length - len(told) - 3) + b'\0' + told


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
