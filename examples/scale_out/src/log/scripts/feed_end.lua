-- Returns the epoch and the last number of the feed.
return {epoch(), tonumber(redis.call('HGET', KEYS[1], 'fed') or '0')}
