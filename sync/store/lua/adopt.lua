-- Let an epoch hold, unless a higher one does; with it, if it is new here, the shift by which the room clock runs on.
-- KEYS: epoch, clock
-- ARGV: epoch or '' to ask only, shift or ''
-- Returns the epoch that holds, nil if none does.
local held = redis.call('GET', KEYS[1])
if ARGV[1] == '' or (held and tonumber(held) >= tonumber(ARGV[1])) then return held end
redis.call('SET', KEYS[1], ARGV[1])
if ARGV[2] ~= '' then redis.call('SET', KEYS[2], ARGV[2]) end
return ARGV[1]
