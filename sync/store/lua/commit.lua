-- Replace a timeline whose seq is the expected one, once for each pair, and tell the other processes.
-- KEYS: epoch, room, journal, pairs, here
-- ARGV: origin, channel, days kept in ms, entries kept, pairs kept, epoch, expected seq, seq, timeline, entry, pair or ''
-- Returns 1; or {why, what holds}: 'foreign' epoch, 'absent' room, 'repeated' pair, 'stale' seq.
-- A seq stays the text that came: tostring would round it above 14 digits. As a number it is exact below 2^53.
local epoch = redis.call('GET', KEYS[1])
if epoch ~= ARGV[6] then return {'foreign', epoch} end
local held = redis.call('HGET', KEYS[2], 'seq')
if not held then return {'absent'} end
local pair = ARGV[11]
if pair ~= '' and redis.call('ZSCORE', KEYS[4], pair) then
  return {'repeated', redis.call('HGET', KEYS[2], 'timeline')}
end
if held ~= ARGV[7] or tonumber(ARGV[8]) <= tonumber(held) then
  return {'stale', redis.call('HGET', KEYS[2], 'timeline')}
end
redis.call('ZADD', KEYS[3], ARGV[8], ARGV[10])
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - ARGV[4])
redis.call('HSET', KEYS[2], 'seq', ARGV[8], 'timeline', ARGV[9])
if pair ~= '' then
  redis.call('ZADD', KEYS[4], redis.call('HINCRBY', KEYS[2], 'pairs', 1), pair)
  redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -1 - ARGV[5])
  redis.call('PEXPIRE', KEYS[4], ARGV[3])
end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('PEXPIRE', KEYS[3], ARGV[3])
-- Who is alone in a room spares itself its own echo.
if redis.call('SCARD', KEYS[5]) > 1 or redis.call('SISMEMBER', KEYS[5], ARGV[1]) == 0 then
  redis.call('PUBLISH', ARGV[2], ARGV[1] .. 'c[' .. ARGV[9] .. ',' .. ARGV[10] .. ']')
end
return 1
