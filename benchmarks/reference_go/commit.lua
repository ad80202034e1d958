-- KEYS: the room's hash, its applied commands. ARGV: expected seq, new seq, new timeline, session and id of the command,
-- the room's channel, the message for everybody.
-- Answers {1}: stored and told; {0, timeline}: stale; {2, seq}: applied before.
if redis.call('ZSCORE', KEYS[2], ARGV[4]) then
  return {2, redis.call('HGET', KEYS[1], 'seq')}
end
local seq = redis.call('HGET', KEYS[1], 'seq') or '0'
if seq ~= ARGV[1] then
  return {0, redis.call('HGET', KEYS[1], 'timeline')}
end
redis.call('HSET', KEYS[1], 'seq', ARGV[2], 'timeline', ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[4])
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -257)
redis.call('PUBLISH', ARGV[5], ARGV[6])
return {1}
