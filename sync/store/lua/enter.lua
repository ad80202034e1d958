-- Take a process, which has subscribed, among those that are told of a room; answer with what is known of it.
-- KEYS: epoch, room, people, here, processes
-- ARGV: origin, ms kept, epoch
-- Returns {timeline or nil, people}, or {'foreign', epoch}.
local epoch = redis.call('GET', KEYS[1])
if epoch ~= ARGV[3] then return {'foreign', epoch} end
for _, process in ipairs(redis.call('SMEMBERS', KEYS[4])) do
  if process ~= ARGV[1] and not redis.call('ZSCORE', KEYS[5], process) then
    redis.call('SREM', KEYS[4], process)
  end
end
redis.call('SADD', KEYS[4], ARGV[1])
redis.call('PEXPIRE', KEYS[4], ARGV[2])
return {redis.call('HGET', KEYS[2], 'timeline'), redis.call('HGETALL', KEYS[3])}
