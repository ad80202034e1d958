-- Note a pair that changed nothing.
-- KEYS: epoch, room, pairs
-- ARGV: days kept in ms, pairs kept, epoch, pair
-- Returns 1; 0 if it had been noted before; {'foreign', epoch} or {'absent'}.
local epoch = redis.call('GET', KEYS[1])
if epoch ~= ARGV[3] then return {'foreign', epoch} end
if redis.call('EXISTS', KEYS[2]) == 0 then return {'absent'} end
if redis.call('ZSCORE', KEYS[3], ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[3], redis.call('HINCRBY', KEYS[2], 'pairs', 1), ARGV[4])
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - ARGV[2])
redis.call('PEXPIRE', KEYS[3], ARGV[1])
return 1
