-- Put or drop a participant's record, or publish a message, and tell the other processes that are in the room.
-- KEYS: people, here
-- ARGV: origin, channel, ms kept, kind (p, d or m), participant or '', record or message
if ARGV[4] == 'p' then
  redis.call('HSET', KEYS[1], ARGV[5], ARGV[6])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
elseif ARGV[4] == 'd' then
  redis.call('HDEL', KEYS[1], ARGV[5])
end
local here = redis.call('SRANDMEMBER', KEYS[2], 2)
if here[2] or here[1] ~= ARGV[1] then
  redis.call('PUBLISH', ARGV[2], ARGV[1] .. ARGV[4] .. ARGV[5] .. '\n' .. ARGV[6])
end
return 1
