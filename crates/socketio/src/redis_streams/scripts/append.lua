-- ARGV  entries to keep, then the fields
--
-- Returns the id. Numbers have no gaps within an epoch, so that a reader knows what it has missed.
local begun = epoch()
local id = begun .. '-' .. redis.call('HINCRBY', KEYS[1], 'last', 1)
return redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[1], id, unpack(ARGV, 2))
