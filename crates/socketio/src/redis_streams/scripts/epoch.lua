-- The other scripts begin with this one.
--
-- KEYS[1]  hash: epoch, run (of the Redis that began it), last (the number of the last entry)
-- KEYS[2]  stream: the publications
--
-- Returns the epoch. After a flush there is none, and a Redis that was started again may have lost what it
-- acknowledged last: then a new one begins, with greater ids.
local function epoch()
  local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  local kept = redis.call('HMGET', KEYS[1], 'epoch', 'run')
  if kept[1] and kept[2] == run then
    return kept[1]
  end
  local now = redis.call('TIME')
  local begun = now[1] * 1000000 + now[2]
  if kept[1] then
    begun = math.max(begun, kept[1] + 1)
  end
  begun = string.format('%.0f', begun)
  redis.call('HSET', KEYS[1], 'epoch', begun, 'run', run, 'last', 0)
  return begun
end
