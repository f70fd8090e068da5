/*
 * The scripts of locks in a Valkey. KEYS: `{<namespace>}:lock:<name>` of every lock, then `{<namespace>}:fence:<name>` of every
 * lock. ARGV[1] is the owner.
 */

/**
 * Takes all locks or none. ARGV: owner, lease (ms), proposed fence, how long the fence is kept (ms).
 * Answers { 1, fence } or { 0, milliseconds until the last lease in the way ends, below 0 if never }.
 */
export const ACQUIRE = `
local count = #KEYS / 2
local blocked, rest = false, -1
for i = 1, count do
  local owner = redis.call('GET', KEYS[i])
  if owner and owner ~= ARGV[1] then
    blocked, rest = true, math.max(rest, redis.call('PTTL', KEYS[i]))
  end
end
if blocked then
  return { 0, tostring(rest) }
end
local fence = tonumber(ARGV[3])
for i = count + 1, #KEYS do
  fence = math.max(fence, tonumber(redis.call('GET', KEYS[i]) or 0) + 1)
end
local text = string.format('%.0f', fence)
for i = 1, count do
  redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2])
  redis.call('SET', KEYS[count + i], text, 'PX', ARGV[4])
end
return { 1, text }`;

/** Starts the leases anew, if all locks are the owner's. ARGV: owner, lease (ms). Answers 1 or 0. */
export const RENEW = `
for i = 1, #KEYS / 2 do
  if redis.call('GET', KEYS[i]) ~= ARGV[1] then
    return 0
  end
end
for i = 1, #KEYS / 2 do
  redis.call('PEXPIRE', KEYS[i], ARGV[2])
end
return 1`;

/**
 * The same, and takes the locks where nobody has them: a server that restarted empty, or that was out of reach when they were
 * taken. ARGV: owner, lease (ms). Answers 1 if all were the owner's, 2 if they are now, 0 if somebody else has one.
 */
export const JOIN = `
local answer = 1
for i = 1, #KEYS / 2 do
  local owner = redis.call('GET', KEYS[i])
  if not owner then
    answer = 2
  elseif owner ~= ARGV[1] then
    return 0
  end
end
for i = 1, #KEYS / 2 do
  redis.call('SET', KEYS[i], ARGV[1], 'PX', ARGV[2])
end
return answer`;

/** Deletes those locks that are the owner's. */
export const RELEASE = `
for i = 1, #KEYS / 2 do
  if redis.call('GET', KEYS[i]) == ARGV[1] then
    redis.call('DEL', KEYS[i])
  end
end
return 1`;

/** Raises fences to at least a number, if all locks are the owner's. ARGV: owner, fence, how long kept (ms). Answers 1 or 0. */
export const RAISE = `
local count = #KEYS / 2
for i = 1, count do
  if redis.call('GET', KEYS[i]) ~= ARGV[1] then
    return 0
  end
end
for i = count + 1, #KEYS do
  if tonumber(redis.call('GET', KEYS[i]) or 0) < tonumber(ARGV[2]) then
    redis.call('SET', KEYS[i], ARGV[2], 'PX', ARGV[3])
  end
end
return 1`;
