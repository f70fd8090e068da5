"""What an edge of a CDN keeps, and for how long (CloudFront Developer Guide, "Manage how long content stays in the cache")."""

import email.utils
import re
import threading
import time
from collections import OrderedDict

# Errors are not kept: CloudFront has them for ten seconds, which would only slow down those who wait for an end of them.
KEPT = (200, 203, 300, 301, 302)
KEPT_WHEN_TOLD = (307, 308)


class Cache:
    """Bounded by the bytes in all bodies; the oldest go."""

    def __init__(self, most_bytes):
        self.most_bytes, self.bytes = most_bytes, 0
        self.copies = OrderedDict()
        # Invalidations come from other threads.
        self.lock = threading.Lock()

    def find(self, key):
        """An answer and its age in seconds, or None."""
        with self.lock:
            answer, since, until, *_ = self.copies.get(key) or (None, 0, 0)
            now = time.monotonic()
            return (answer, int(now - since)) if now < until else None

    def keep(self, key, distribution, address, answer, seconds):
        """An answer ends with its body."""
        with self.lock:
            self.forget(key)
            now = time.monotonic()
            self.copies[key] = answer, now, now + seconds, distribution, address
            self.bytes += len(answer[-1])
            while self.bytes > self.most_bytes:
                self.forget(next(iter(self.copies)))

    def drop(self, distribution, pattern):
        """A pattern is an address, or the beginning of some: `/images/*`."""
        beginning = pattern.removesuffix('*')
        with self.lock:
            for key, (*_, owner, address) in list(self.copies.items()):
                if owner == distribution and (address.startswith(beginning) if pattern.endswith('*') else address == pattern):
                    self.forget(key)

    def forget(self, key):
        if key in self.copies:
            self.bytes -= len(self.copies.pop(key)[0][-1])


def seconds_to_keep(status, headers, policy):
    """For an answer whose headers have names in lower case, by the times of a cache policy."""
    told = directives(headers.get('cache-control'))
    if not (status in KEPT or status in KEPT_WHEN_TOLD and told):
        return 0
    least = policy['MinTTL']
    most = policy.get('MaxTTL', 365 * 24 * 3600)
    if not told.keys().isdisjoint(('no-store', 'no-cache', 'private')):
        return min(least, most)
    seconds = seconds_told(told, headers.get('expires'))
    return min(max(policy.get('DefaultTTL', 24 * 3600) if seconds is None else seconds, least), most)


def directives(cache_control):
    """`max-age=60, public` as a dictionary; repeated headers come as a list."""
    joined = ','.join(cache_control) if isinstance(cache_control, list) else cache_control or ''
    return {name.lower(): value for name, value in re.findall(r'([\w-]+)(?:\s*=\s*"?([^",]*)"?)?', joined)}


def seconds_told(told, expires):
    """None when the origin says nothing."""
    for name in ('s-maxage', 'max-age'):
        if told.get(name, '').strip().isdigit():
            return int(told[name])
    if not expires:
        return None
    try:
        return max(int(email.utils.parsedate_to_datetime(expires).timestamp() - time.time()), 0)
    except (TypeError, ValueError):
        # Something else than a time, such as 0, means that it is over.
        return 0
