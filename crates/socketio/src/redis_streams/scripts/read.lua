-- ARGV  epoch and number of an entry, limit
--
-- Returns the entries after that one, or nothing if it is gone: then others after it may be gone, too.
local begun = epoch()
local id = begun .. '-' .. ARGV[2]
if ARGV[1] ~= begun or #redis.call('XRANGE', KEYS[2], id, id) == 0 then
  return false
end
return redis.call('XRANGE', KEYS[2], '(' .. id, begun, 'COUNT', ARGV[3])
