/**
 * A window as one step of Redis, on Redis's own clock: a sorted set of what was taken when.
 *
 * KEYS: the set of one account and field.
 * ARGV: kind; length of the window in milliseconds; id; how often the field is asked for; and
 * of `take` the most in a window, of `enter` the age in milliseconds.
 *
 * Each time that the field was asked for is a member of its own, named by the id of its operation: what is taken, or
 * entered, twice is there once.
 *
 * @returns whether it was granted, how often the field was asked for before, and how long to wait
 */
export const WINDOW_SCRIPT = `
local kind, window, id, count = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
if not window or window < 1 or not count or count ~= count or count < 1 or count > 1000000 or count % 1 ~= 0 then
  return redis.error_reply('BADCOUNT a field is asked for from 1 to 1000000 times')
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function enter(at)
  for index = 1, count do
    redis.call('ZADD', KEYS[1], string.format('%.0f', at), id .. ':' .. index)
  end
  redis.call('PEXPIRE', KEYS[1], window)
end

if kind == 'give-back' then
  for index = 1, count do redis.call('ZREM', KEYS[1], id .. ':' .. index) end
  return { 1, 0, 0 }
end
if kind == 'enter' then
  enter(now - tonumber(ARGV[5]))
  return { 1, 0, 0 }
end
local max = tonumber(ARGV[5])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now - window))
if redis.call('ZSCORE', KEYS[1], id .. ':1') then return { 1, 0, 0 } end
local used = redis.call('ZCARD', KEYS[1])
local excess = used + count - max
if excess > 0 then
  local last = redis.call('ZRANGE', KEYS[1], excess - 1, excess - 1, 'WITHSCORES')
  local wait = window
  if last[2] then wait = math.max(1, tonumber(last[2]) + window - now) end
  return { 0, used, wait }
end
enter(now)
return { 1, used, 0 }
`;
