-- Take a step of Redis' clock out of the room clock, unless another process has done so already.
-- KEYS: clock
-- ARGV: the shift that was seen, the new one
if (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
