-- The pairs of a room, oldest first: all that count, or only those after the newest known one, if they follow it.
-- KEYS: room, pairs
-- ARGV: pairs kept, newest known pair or '', its place
-- Returns {1 if these follow the known one, else 0; the newest place; pair...}.
-- A room that was lost counts from the beginning: then the known pair is gone, or has another place, or the newest place
-- is a lower one.
local newest = redis.call('HGET', KEYS[1], 'pairs') or '0'
local follow = ARGV[2] ~= '' and redis.call('ZSCORE', KEYS[2], ARGV[2]) == ARGV[3]
  and tonumber(newest) >= tonumber(ARGV[3])
local pairs
if follow then
  pairs = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[3], '+inf')
else
  pairs = redis.call('ZRANGE', KEYS[2], -ARGV[1], -1)
end
return {follow and 1 or 0, newest, unpack(pairs)}
