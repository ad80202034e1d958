-- The processes whose leases run on.
-- KEYS: clock, processes
local time = redis.call('TIME')
local now = time[1] + time[2] / 1000000 + (redis.call('GET', KEYS[1]) or '0')
return redis.call('ZRANGEBYSCORE', KEYS[2], string.format('%.6f', now), '+inf')
