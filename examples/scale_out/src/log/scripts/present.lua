-- Renews the leases of the users that a node has in a room, ends its others, and returns who is there.
--
-- KEYS[1]  sorted set: "user\nnode", by the millisecond at which the lease ends
-- ARGV     node, milliseconds of a lease, users
local now = redis.call('TIME')
now = now[1] * 1000 + math.floor(now[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local here = {}
for index = 3, #ARGV do
  here[ARGV[index]] = true
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[index] .. '\n' .. ARGV[1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local users = {}
for _, lease in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local user, node = string.match(lease, '^(.*)\n(.*)$')
  if node == ARGV[1] and not here[user] then
    redis.call('ZREM', KEYS[1], lease)
  else
    users[#users + 1] = user
  end
end
return users
