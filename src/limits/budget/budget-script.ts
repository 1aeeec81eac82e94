/**
 * `budget-ledger.ts` as one step of Redis: the same arithmetic, statement by statement, on Redis's own clock.
 *
 * KEYS: the account's hash, the request's marker; both of one hash slot.
 * ARGV: kind; bucket in micro-points; micro-points a millisecond; points a month or -1; points;
 * how long to keep the account and the marker, in milliseconds;
 * and of what the caller remembers: born, level, at, month, used, or nothing.
 *
 * Numbers are whole and below 2^53, which Lua's doubles hold exactly; they are written in full, since Lua would round
 * them to 14 digits.
 */
export const BUDGET_SCRIPT = `
local kind = ARGV[1]
local size, rate, quota = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local points = tonumber(ARGV[5])
if not points or points ~= points or points < 0 or points > 2147483647 or points % 1 ~= 0 then
  return redis.error_reply('BADPOINTS points are a whole number from 0 to 2147483647')
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Days since the epoch to a month of the Gregorian calendar, by eras of 400 years that begin in March.
local function monthOf(ms)
  local days = math.floor(ms / 86400000) + 719468
  local ofEra = days % 146097
  local year = math.floor((ofEra - math.floor(ofEra / 1460) + math.floor(ofEra / 36524) - math.floor(ofEra / 146096)) / 365)
  local ofYear = ofEra - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local march = math.floor((5 * ofYear + 2) / 153)
  return (year + 400 * math.floor(days / 146097)) * 12 + march + 2
end

local function recall(e, known)
  local start = math.min(e.start, known.level + math.max(0, e.born - known.at) * rate)
  local startUsed = e.startUsed
  if known.month == e.month then startUsed = math.max(e.startUsed, known.used) end
  e.level, e.start = e.level - (e.start - start), start
  e.used, e.startUsed = e.used + (startUsed - e.startUsed), startUsed
end

local known
if ARGV[8] then
  known = { born = tonumber(ARGV[8]), level = tonumber(ARGV[9]), at = tonumber(ARGV[10]), month = tonumber(ARGV[11]), used = tonumber(ARGV[12]) }
end
local row = redis.call('HMGET', KEYS[1], 'level', 'at', 'month', 'used', 'born', 'start', 'startUsed')
local e
if row[1] then
  e = { level = tonumber(row[1]), at = tonumber(row[2]), month = tonumber(row[3]), used = tonumber(row[4]), born = tonumber(row[5]), start = tonumber(row[6]), startUsed = tonumber(row[7]) }
  if known and known.born < e.born then recall(e, known) end
else
  e = { level = size, at = now, month = monthOf(now), used = 0, born = now, start = size, startUsed = 0 }
  if known then recall(e, known) end
end
local at, month = math.max(e.at, now), math.max(e.month, monthOf(now))
e.level = math.min(size, e.level + (at - e.at) * rate)
if month ~= e.month then e.used, e.startUsed = 0, 0 end
e.at, e.month = at, month

local marker = redis.call('GET', KEYS[2])
local newMarker
local short = ''
if kind == 'reserve' then
  if not marker and points > 0 then
    if quota >= 0 and e.used + points > quota then
      short = 'month'
    elseif e.level < points * 1000000 then
      short = 'bucket'
    else
      e.level, e.used = e.level - points * 1000000, e.used + points
      newMarker = string.format('%.0f:%.0f', points, e.month)
    end
  end
elseif kind == 'charge' then
  if not marker then
    e.level, e.used, newMarker = e.level - points * 1000000, e.used + points, 'over'
  end
elseif not marker then
  if kind == 'cancel' then newMarker = 'over' end
elseif marker ~= 'over' then
  local reserved, ofMonth = string.match(marker, '^(%d+):(%d+)$')
  reserved, ofMonth = tonumber(reserved), tonumber(ofMonth)
  local charge = 0
  if kind == 'settle' then charge = math.min(math.max(points, 1), 2 * reserved) end
  local refund = reserved - charge
  e.level = math.min(size, e.level + refund * 1000000)
  if e.month == ofMonth then e.used = math.max(0, e.used - refund) end
  newMarker = 'over'
end

local function text(number) return string.format('%.0f', number) end
redis.call('HSET', KEYS[1], 'level', text(e.level), 'at', text(e.at), 'month', text(e.month), 'used', text(e.used), 'born', text(e.born), 'start', text(e.start), 'startUsed', text(e.startUsed))
redis.call('PEXPIRE', KEYS[1], ARGV[6])
if newMarker then redis.call('SET', KEYS[2], newMarker, 'PX', ARGV[7]) end
return { short, text(e.level), text(e.at), text(e.month), text(e.used), text(e.born) }
`;
