-- Offer a timeline and the pairs that led to it; it holds if the room has none, or one with a lower seq.
-- KEYS: epoch, room, pairs, here
-- ARGV: origin, channel, ms kept, pairs kept, epoch, seq, timeline, entry to tell, pair...
-- Returns 1 if it holds; else {'held', what holds} or {'foreign', epoch}.
local epoch = redis.call('GET', KEYS[1])
if epoch ~= ARGV[5] then return {'foreign', epoch} end
local held = redis.call('HMGET', KEYS[2], 'seq', 'timeline', 'pairs')
local missing = {}
for i = 9, #ARGV do
  if not redis.call('ZSCORE', KEYS[3], ARGV[i]) then missing[#missing + 1] = ARGV[i] end
end
if #missing > 0 then
  -- The next place is one at which commit.lua tidies up.
  local last = math.ceil((tonumber(held[3] or 0) + #missing) / 32) * 32
  for i, pair in ipairs(missing) do redis.call('ZADD', KEYS[3], last - #missing + i, pair) end
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', last - ARGV[4])
  redis.call('HSET', KEYS[2], 'pairs', last)
end
local wins = not held[1] or tonumber(held[1]) < tonumber(ARGV[6])
if wins then redis.call('HSET', KEYS[2], 'seq', ARGV[6], 'timeline', ARGV[7]) end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('PEXPIRE', KEYS[3], ARGV[3])
if not wins then return {'held', held[2]} end
local here = redis.call('SRANDMEMBER', KEYS[4], 2)
if here[2] or here[1] ~= ARGV[1] then
  redis.call('PUBLISH', ARGV[2], ARGV[1] .. 'c[' .. ARGV[7] .. ',' .. ARGV[8] .. ']')
end
return 1
