-- Offer a timeline and the pairs that led to it; it holds if the room has none, or one with a lower seq.
-- KEYS: epoch, room, pairs, here
-- ARGV: origin, channel, days kept in ms, pairs kept, epoch, seq, timeline, entry to tell, pair...
-- Returns 1 if it holds; else {'held', what holds} or {'foreign', epoch}.
local epoch = redis.call('GET', KEYS[1])
if epoch ~= ARGV[5] then return {'foreign', epoch} end
local held = redis.call('HMGET', KEYS[2], 'seq', 'timeline')
for i = 9, #ARGV do
  if not redis.call('ZSCORE', KEYS[3], ARGV[i]) then
    redis.call('ZADD', KEYS[3], redis.call('HINCRBY', KEYS[2], 'pairs', 1), ARGV[i])
  end
end
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - ARGV[4])
local wins = not held[1] or tonumber(held[1]) < tonumber(ARGV[6])
if wins then redis.call('HSET', KEYS[2], 'seq', ARGV[6], 'timeline', ARGV[7]) end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('PEXPIRE', KEYS[3], ARGV[3])
if not wins then return {'held', held[2]} end
if redis.call('SCARD', KEYS[4]) > 1 or redis.call('SISMEMBER', KEYS[4], ARGV[1]) == 0 then
  redis.call('PUBLISH', ARGV[2], ARGV[1] .. 'c[' .. ARGV[7] .. ',' .. ARGV[8] .. ']')
end
return 1
