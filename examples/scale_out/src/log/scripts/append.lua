-- KEYS[2]  hash: the last number of each room
-- KEYS[3]  stream: the room
-- KEYS[4]  stream: the feed
-- KEYS[5]  the last sequence of the publisher in the room
-- ARGV     room, publisher, sequence, text, entries of the room, entries of the feed, seconds
--
-- Returns epoch and number, or nothing if the log has the message already.
local room, publisher, sequence, text = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local begun = epoch()
local last = redis.call('GET', KEYS[5])
if last and tonumber(sequence) <= tonumber(last) then
  return false
end
local number = redis.call('HINCRBY', KEYS[2], room, 1)
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[6], begun .. '-' .. number,
  'publisher', publisher, 'sequence', sequence, 'text', text)
redis.call('EXPIRE', KEYS[3], ARGV[8])
local fed = redis.call('HINCRBY', KEYS[1], 'fed', 1)
redis.call('XADD', KEYS[4], 'MAXLEN', '~', ARGV[7], begun .. '-' .. fed,
  'room', room, 'number', number, 'publisher', publisher, 'sequence', sequence, 'text', text)
redis.call('SET', KEYS[5], sequence, 'EX', ARGV[8])
return {begun, number}
