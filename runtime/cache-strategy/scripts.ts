// KEYS of every script: 1 the entry, 2 the lease of whoever loads it.

/** Versions are texts of digits, see `versionText`. */
const NEWER = `
local function cached_is_newer(version, or_same)
  local entry = redis.call('GET', KEYS[1])
  local cached = entry and cjson.decode(entry).version
  if version == '' or not cached then return false end
  if #cached ~= #version then return #cached > #version end
  return cached > version or (or_same and cached == version)
end
`;
const withNewer = (script: string): string => NEWER + script;

/**
 * Looks. Where a value is to be loaded (missing, stale, soon to expire) a lease is given with the answer, to the first who asks.
 *
 * ARGV: 1 a new token, 2 milliseconds of the lease, 3 how long stale values are kept, 4 how long before expiry to refresh.
 * Answers: the entry or nil, milliseconds until it is stale, the token of the lease, 1 when it was given now.
 */
export const LOOK = `
local entry = redis.call('GET', KEYS[1])
local left = 0
if entry then
  left = redis.call('PTTL', KEYS[1]) - tonumber(ARGV[3])
  if left > tonumber(ARGV[4]) or (left > 0 and cjson.decode(entry).none) then return {entry, left} end
end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {entry, left, ARGV[1], 1} end
return {entry, left, redis.call('GET', KEYS[2]), 0}
`;

/**
 * Keeps what was loaded or written, unless something newer is there. What was loaded is kept by whoever has the lease: when it is
 * gone, something was written meanwhile, and what was loaded may be older. What was written takes the lease from whoever is
 * loading.
 *
 * ARGV: 1 the entry, 2 its milliseconds, 0 to keep nothing, 3 its version or '', 4 the token of the lease, or '' for what was
 * written. Answers 1 when it was kept.
 */
export const KEEP = /* @__PURE__ */ withNewer(`
if ARGV[4] ~= '' and redis.call('GET', KEYS[2]) ~= ARGV[4] then return 0 end
redis.call('DEL', KEYS[2])
if cached_is_newer(ARGV[3], false) then return 0 end
if ARGV[2] == '0' then redis.call('DEL', KEYS[1]) else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 1
`);

/**
 * Forgets an entry, unless it is of a version or newer, and takes the lease from whoever is loading. ARGV: 1 the version or ''.
 */
export const DROP = /* @__PURE__ */ withNewer(`
redis.call('DEL', KEYS[2])
if cached_is_newer(ARGV[1], true) then return 0 end
return redis.call('DEL', KEYS[1])
`);

/** Gives a lease back. ARGV: 1 its token. */
export const RELEASE = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[2])
`;
