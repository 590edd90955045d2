-- KEYS[2]  hash: the last number of each room
-- KEYS[3]  stream: the room
-- ARGV     room, epoch and number of the position or "" and "", limit
--
-- Returns the epoch, the last number of the room, and entries of this epoch.
local begun = epoch()
local last = tonumber(redis.call('HGET', KEYS[2], ARGV[2]) or '0')
local after = ARGV[4]
if ARGV[3] ~= begun then
  after = string.format('%.0f', math.max(last - ARGV[5], 0))
end
local entries = redis.call('XRANGE', KEYS[3], '(' .. begun .. '-' .. after, begun, 'COUNT', ARGV[5])
return {begun, last, entries}
