-- Every other script begins with this one.
--
-- KEYS[1]  hash: epoch, run (of the server that began it), fed (the last number of the feed)
-- ARGV[1]  "1" if Redis keeps what it acknowledged across a restart
--
-- Returns the epoch. After a flush there is none. Another run of the server may have lost what was
-- acknowledged last, or be a replica that has not got it yet: it begins an epoch of its own.
local function epoch()
  local run = ''
  if ARGV[1] ~= '1' then
    run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  end
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
  redis.call('HSET', KEYS[1], 'epoch', begun, 'run', run)
  return begun
end
