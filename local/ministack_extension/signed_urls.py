"""Signed URLs and cookies, as CloudFront checks them (Developer Guide, "Use signed URLs", "Use signed cookies")."""

import base64
import hashlib
import json
import re
import time

from . import rsa

PARAMETERS = ('Expires', 'Policy', 'Signature', 'Key-Pair-Id')


class Refused(Exception):
    """Of a code and what it means, as CloudFront's answer has them."""


def without_signature(query):
    """What the origin gets of a query, and what a signature is for: all other bytes as they came."""
    return '&'.join(each for each in query.split('&') if each.partition('=')[0] not in PARAMETERS)


def check(url, given, keys):
    """Raises Refused unless a URL is signed by one of the RSA keys, by their ids. Given are the parameters of a query or cookies;
    conditions on the address of the caller are not looked at: here everybody is the same machine."""
    if 'Key-Pair-Id' not in given:
        raise Refused('MissingKey', 'Missing Key-Pair-Id query parameter or cookie value')
    if given['Key-Pair-Id'] not in keys:
        raise Refused('InvalidKey', 'Unknown Key')
    policy = decoded(given['Policy']) if 'Policy' in given else canned_policy(url, given.get('Expires', ''))
    try:
        signed = rsa.verify(policy, decoded(given.get('Signature', '')), *keys[given['Key-Pair-Id']], hashlib.sha1)
    except OverflowError:
        signed = False
    if not (signed and allows(policy, url, time.time())):
        raise Refused('AccessDenied', 'Access denied')


def canned_policy(url, expires):
    if not expires.isdigit():
        raise Refused('AccessDenied', 'Access denied')
    return f'{{"Statement":[{{"Resource":"{url}","Condition":{{"DateLessThan":{{"AWS:EpochTime":{expires}}}}}}}]}}'.encode()


def allows(policy, url, now):
    try:
        [statement] = json.loads(policy)['Statement']
        condition = statement['Condition']
        begins = condition.get('DateGreaterThan', {}).get('AWS:EpochTime', 0)
        return begins < now < condition['DateLessThan']['AWS:EpochTime'] and matches(statement.get('Resource', '*'), url)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def matches(resource, url):
    """`*` stands for any characters, `?` for one."""
    pattern = re.escape(resource).replace(r'\*', '.*').replace(r'\?', '.')
    return re.fullmatch(pattern, url, re.DOTALL) is not None


def decoded(text):
    """Base64 with the characters that mean nothing in a query."""
    try:
        return base64.b64decode(text.translate(str.maketrans('-_~', '+=/')), validate=True)
    except ValueError:
        return b''
