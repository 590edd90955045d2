-- Returns the id of the last entry; its number is 0 if there is none.
local begun = epoch()
return begun .. '-' .. redis.call('HGET', KEYS[1], 'last')
