-- Replace a timeline whose seq is the expected one, once for each pair, and tell the other processes.
-- KEYS: epoch, room, journal, pairs, here
-- ARGV: origin, channel, ms kept, entries kept, pairs kept, epoch, expected seq, seq, timeline, entry, pair or ''
-- Returns 1; or {why, what holds}: 'foreign' epoch, 'absent' room, 'repeated' pair, 'stale' seq.
-- A seq stays the text that came: tostring would round it above 14 digits. As a number it is exact below 2^53.
-- The path of every command: each call costs 2 µs, so what can wait for every 32nd pair does.
local call = redis.call
local epoch = call('GET', KEYS[1])
if epoch ~= ARGV[6] then return {'foreign', epoch} end
local held = call('HMGET', KEYS[2], 'seq', 'pairs', 'tidied')
if not held[1] then return {'absent'} end
local pair, noted = ARGV[11], tonumber(held[2] or 0)
if pair ~= '' then
  local place = call('ZSCORE', KEYS[4], pair)
  if place and tonumber(place) > noted - ARGV[5] then
    return {'repeated', call('HGET', KEYS[2], 'timeline')}
  end
  noted = noted + 1
end
if held[1] ~= ARGV[7] or tonumber(ARGV[8]) <= tonumber(held[1]) then
  return {'stale', call('HGET', KEYS[2], 'timeline')}
end
call('ZADD', KEYS[3], ARGV[8], ARGV[10])
call('HSET', KEYS[2], 'seq', ARGV[8], 'timeline', ARGV[9], 'pairs', noted)
if pair ~= '' then call('ZADD', KEYS[4], noted, pair) end
if pair == '' or noted % 32 == 1 or not held[3] then
  call('HSET', KEYS[2], 'tidied', 1)
  call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - ARGV[4])
  call('ZREMRANGEBYSCORE', KEYS[4], '-inf', noted - ARGV[5])
  for i = 2, 4 do call('PEXPIRE', KEYS[i], ARGV[3]) end
end
-- Who is alone in a room spares itself its own echo.
local here = call('SRANDMEMBER', KEYS[5], 2)
if here[2] or here[1] ~= ARGV[1] then
  call('PUBLISH', ARGV[2], ARGV[1] .. 'c[' .. ARGV[9] .. ',' .. ARGV[10] .. ']')
end
return 1
