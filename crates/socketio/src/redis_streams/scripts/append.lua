-- ARGV  entries to keep, then the fields
--
-- Returns the id. Numbers have no gaps within an epoch, so that a reader knows what it has missed.
local begun = epoch()
local number = redis.call('HGET', KEYS[1], 'last') + 1
local id = begun .. '-' .. string.format('%.0f', number)
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[1], id, unpack(ARGV, 2))
-- Only now: a number without an entry would be a gap.
redis.call('HINCRBY', KEYS[1], 'last', 1)
return id
