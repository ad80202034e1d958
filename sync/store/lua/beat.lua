-- Renew a process' lease and look at the clock.
-- KEYS: epoch, clock, processes
-- ARGV: origin, lease in s, after how many s a lapsed one is forgotten, epoch
-- Returns {seconds, microseconds, shift, whether the lease had held}, or {'foreign', epoch}.
-- Leases run by the room clock: Redis' own may be set an hour on, and none may lapse for that.
local time = redis.call('TIME')
local shift = redis.call('GET', KEYS[2]) or '0'
local now = time[1] + time[2] / 1000000 + shift
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', string.format('(%.6f', now - ARGV[3]))
local lease = redis.call('ZSCORE', KEYS[3], ARGV[1])
redis.call('ZADD', KEYS[3], string.format('%.6f', now + ARGV[2]), ARGV[1])
local epoch = redis.call('GET', KEYS[1])
if epoch ~= ARGV[4] then return {'foreign', epoch} end
return {time[1], time[2], shift, (lease and tonumber(lease) >= now) and 1 or 0}
