-- ARGV  epoch and number of an entry, entries and bytes after which the page ends
--
-- Returns whether the page is the last (1 or 0), and the entries after that one; nothing if it is gone: then
-- others after it may be gone, too.
local begun = epoch()
local at = begun .. '-' .. ARGV[2]
if ARGV[1] ~= begun or #redis.call('XRANGE', KEYS[2], at, at) == 0 then
  return false
end
local page, len = {}, 0
while #page < tonumber(ARGV[3]) and len < tonumber(ARGV[4]) do
  local entry = redis.call('XRANGE', KEYS[2], '(' .. at, begun, 'COUNT', 1)[1]
  if not entry then
    return {1, page}
  end
  page[#page + 1] = entry
  for _, field in ipairs(entry[2]) do
    len = len + #field
  end
  at = entry[1]
end
return {0, page}
