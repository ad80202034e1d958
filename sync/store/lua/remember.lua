-- Note a pair that changed nothing.
-- KEYS: epoch, room, pairs
-- ARGV: ms kept, pairs kept, epoch, pair
-- Returns 1; 0 if it had been noted before; {'foreign', epoch} or {'absent'}.
local epoch = redis.call('GET', KEYS[1])
if epoch ~= ARGV[3] then return {'foreign', epoch} end
local held = redis.call('HMGET', KEYS[2], 'seq', 'pairs')
if not held[1] then return {'absent'} end
local noted = tonumber(held[2] or 0)
local place = redis.call('ZSCORE', KEYS[3], ARGV[4])
if place and tonumber(place) > noted - ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], 'pairs', noted + 1)
redis.call('ZADD', KEYS[3], noted + 1, ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', noted + 1 - ARGV[2])
redis.call('PEXPIRE', KEYS[3], ARGV[1])
return 1
