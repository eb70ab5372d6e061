#!lua name=weir_@ID@
--[[
Who may run next. Everything in here is a hint that the sweeper can make again from Postgres; so a
call may be repeated or lost, and no call fails for what it finds.

Keys, all under KEYS[1] (weir:{s0}:, the shard in the hash tag) and the number of this layout:

  ring        list of workspaces that have runs to give, in round-robin order
  light       another one, of those that had next to nothing here when they came: see is_light()
  swap        there when the ring has the next turn, of the two
  active      set of workspaces that are on one of the two or in `blocked`
  credit      what is left of the turn of the ring's first workspace, when a call ended within it
  weights     hash workspace -> runs a turn, where that is not 1
  q:<ws>      list of ready runs of a workspace: 16 bytes of id, then the flow
  ready       set of the ids in q: and held: lists; so pushing twice is harmless
  held:<ws>/<flow>  runs that came up while their flow was at its cap, oldest first
  blocked     set of workspaces and flows (<ws>/<flow>) that are at their cap and have runs to give
  limits      hash <ws>, <ws>/<flow>, or * for all of a kind (*, <ws>/*) -> cap
  counts      hash <ws>, <ws>/<flow> -> slots in use
  slots:<worker>  hash run id -> <ws>/<flow>: a worker's slots; counts is their sum
  workers     zset of workers by when they were last heard of
  timers      zset by due time: 16 bytes of id, then <ws>/<flow>
  idle        there when some worker got less than it wanted, so that it now waits for a wake-up
  idle_light  the same of a worker that wants runs of light workspaces only
  generation  hash id, swept: see sweep()
  turn        the sweeper that sweeps now

The clock is Redis's own (TIME). Callers pass delays, not times, and get delays back: so servers whose
clocks differ see the same order, and nobody compares two clocks.

Function names carry a hash of this file: servers of two versions use one Redis side by side, each
with its own functions. A change of what the keys mean takes a new layout number.
]]

local LAYOUT = '2:'
local ID_SIZE = 16
local CHUNK = 1000           -- arguments of one command; Lua unpacks at most about 8,000
local TIMERS_MAX = 500       -- timers moved by one call
local EXAMINED_MAX = 1000    -- runs looked at by one call beyond those it may give
local WEIGHT_MAX = 1000
local LIGHT_EACH = 4         -- who has fewer runs here, ready and in slots, is light
local LIGHT_WAIT_MS = 250    -- who leaves light ones to others looks again then
local WORKER_LOST_MS = 60000 -- a worker that was silent so long has lost its slots

local function open(prefix)
  local base = prefix .. LAYOUT
  return {
    ring = base .. 'ring', light = base .. 'light', swap = base .. 'swap',
    active = base .. 'active', credit = base .. 'credit',
    weights = base .. 'weights', queue = base .. 'q:', ready = base .. 'ready',
    held = base .. 'held:', blocked = base .. 'blocked', limits = base .. 'limits',
    counts = base .. 'counts', slots = base .. 'slots:', workers = base .. 'workers',
    timers = base .. 'timers', idle = base .. 'idle', idle_light = base .. 'idle_light',
    generation = base .. 'generation', turn = base .. 'turn', wake = prefix .. 'wake',
    room = {}, delta = {}, fresh = {},
  }
end

local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- command key items…, in chunks
local function call_many(command, key, items)
  for from = 1, #items, CHUNK do
    redis.call(command, key, unpack(items, from, math.min(from + CHUNK - 1, #items)))
  end
end

local function split(field)
  return string.match(field, '^([^/]*)/(.*)$')
end

local function exists(key)
  return redis.call('EXISTS', key) == 1
end

-- Wakes who has something to do now: all for a light workspace, else those who want others.
local function wake(q, has_light, has_ring)
  local woken = 0
  if has_light then
    woken = redis.call('DEL', q.idle, q.idle_light)
  elseif has_ring then
    woken = redis.call('DEL', q.idle)
  end
  if woken > 0 then redis.call('PUBLISH', q.wake, '1') end
end

-- Light: a workspace with so few runs here that it can stand in nobody's way, so it may go first.
-- (A run that a gateway gave to a worker of its process is not seen here; courtesy.h counts those.)
local function is_light(q, workspace)
  local running = tonumber(redis.call('HGET', q.counts, workspace) or nil) or 0
  running = running + (q.delta[workspace] or 0)
  return running < LIGHT_EACH and running + redis.call('LLEN', q.queue .. workspace) < LIGHT_EACH
end

local function line_up(q, workspace)
  redis.call('RPUSH', is_light(q, workspace) and q.light or q.ring, workspace)
end

-- A workspace has runs in its list: it lines up, unless it has or is blocked.
local function activate(q, workspace)
  if redis.call('SADD', q.active, workspace) == 1 then line_up(q, workspace) end
end

local function unblock_workspace(q, workspace)
  if redis.call('SREM', q.blocked, workspace) == 1 then line_up(q, workspace) end
end

-- At most count runs of a flow that was at its cap go back to the front of their line.
local function unblock_flow(q, field, count)
  if redis.call('SISMEMBER', q.blocked, field) == 0 then return end
  local workspace = split(field)
  local list = q.queue .. workspace
  local length = redis.call('LLEN', q.held .. field)
  count = math.min(count, length)
  for index = count - 1, 0, -1 do -- the oldest is moved last, so it stands first
    local member = redis.call('LINDEX', q.held .. field, index)
    redis.call('LPUSH', list, member)
  end
  if count == length then
    redis.call('DEL', q.held .. field)
    redis.call('SREM', q.blocked, field)
  else
    redis.call('LTRIM', q.held .. field, count, -1)
  end
  if count > 0 then activate(q, workspace) end
end

-- Slots are counted in q.delta within a call and written once, by flush_counts().
local function count_slot(q, field, change)
  local workspace = split(field)
  q.delta[field] = (q.delta[field] or 0) + change
  q.delta[workspace] = (q.delta[workspace] or 0) + change
end

local function flush_counts(q)
  for field, change in pairs(q.delta) do
    if change ~= 0 and redis.call('HINCRBY', q.counts, field, change) <= 0 then
      redis.call('HDEL', q.counts, field)
    end
  end
  q.delta = {}
end

-- How many more slots a workspace or flow may take.
local function room_of(q, field, default)
  if q.unlimited == nil then q.unlimited = not exists(q.limits) end
  if q.unlimited then return math.huge end
  local room = q.room[field]
  if not room then -- read once a call
    local limits = redis.call('HMGET', q.limits, field, default)
    local limit = tonumber(limits[1] or limits[2] or nil)
    room = math.huge
    if limit then room = limit - (tonumber(redis.call('HGET', q.counts, field) or nil) or 0) end
    q.room[field] = room
  end
  return room - (q.delta[field] or 0)
end

local function unblock_freed(q, freed)
  if not exists(q.blocked) then return end
  for field, count in pairs(freed) do
    local workspace = split(field)
    local room = room_of(q, field, workspace .. '/*')
    if room > 0 then unblock_flow(q, field, math.min(count, room)) end
    if room_of(q, workspace, '*') > 0 then unblock_workspace(q, workspace) end
  end
end

-- Gives back the slots of these runs; those that hold none are passed over.
local function release(q, worker, runs)
  local slots, freed = q.slots .. worker, {}
  for from = 1, #runs, CHUNK do
    local to = math.min(from + CHUNK - 1, #runs)
    local fields = redis.call('HMGET', slots, unpack(runs, from, to))
    for index, field in ipairs(fields) do
      local run = runs[from + index - 1]
      if field and redis.call('HDEL', slots, run) == 1 then
        count_slot(q, field, -1)
        freed[field] = (freed[field] or 0) + 1
      end
    end
  end
  flush_counts(q)
  q.room = {}
  unblock_freed(q, freed)
end

local function release_all(q, worker)
  release(q, worker, redis.call('HKEYS', q.slots .. worker))
end

-- Collects a run that is ready; flush_ready() puts all of them into their lists.
local function make_ready(q, workspace, run, flow)
  if redis.call('SADD', q.ready, run) == 0 then return end
  local list = q.fresh[workspace]
  if not list then
    list = {}
    q.fresh[workspace] = list
    q.fresh[#q.fresh + 1] = workspace -- in order of appearance
  end
  list[#list + 1] = run .. flow
end

local function flush_ready(q)
  local any = #q.fresh > 0
  for _, workspace in ipairs(q.fresh) do
    call_many('RPUSH', q.queue .. workspace, q.fresh[workspace])
    activate(q, workspace)
  end
  q.fresh = {}
  return any
end

local function move_timers(q, now)
  local due = redis.call('ZRANGEBYSCORE', q.timers, '-inf', now, 'LIMIT', 0, TIMERS_MAX)
  if #due == 0 then return end
  call_many('ZREM', q.timers, due)
  for _, member in ipairs(due) do
    local workspace, flow = split(string.sub(member, ID_SIZE + 1))
    if workspace then make_ready(q, workspace, string.sub(member, 1, ID_SIZE), flow) end
  end
  flush_ready(q)
end

-- Takes up to want runs of a workspace. Answers 'empty', 'blocked', or 'more'.
local function take(q, worker, workspace, want, out)
  local list, taken = q.queue .. workspace, 0
  while taken < want and q.examined < EXAMINED_MAX do
    local count = math.min(want - taken, room_of(q, workspace, '*'))
    if count <= 0 then return 'blocked' end
    local members = redis.call('LPOP', list, count)
    if not members then return 'empty' end
    for _, member in ipairs(members) do
      local run, field = string.sub(member, 1, ID_SIZE), nil
      field = workspace .. '/' .. string.sub(member, ID_SIZE + 1)
      if room_of(q, field, workspace .. '/*') > 0 then
        redis.call('SREM', q.ready, run)
        if redis.call('HSETNX', q.slots .. worker, run, field) == 1 then
          count_slot(q, field, 1)
        end
        out[#out + 1] = run
        out[#out + 1] = workspace
        taken = taken + 1
      else
        redis.call('RPUSH', q.held .. field, member)
        redis.call('SADD', q.blocked, field)
        q.examined = q.examined + 1
      end
    end
  end
  return exists(list) and 'more' or 'empty'
end

-- A key that had one value is to have another; false or nil: none.
local function keep(key, before, value)
  if (before or nil) == (value or nil) then return end
  if value then redis.call('SET', key, value) else redis.call('DEL', key) end
end

-- The workspace whose turn it is, and the list that it came from. Who asks for all is given one of
-- each in turn: so a light workspace waits for one other at most, and however many of them come,
-- the others have half.
local function pop(q, which)
  local list = which == 'light' and q.light or q.ring
  if which == 'all' and not q.is_swapped then list = q.light end
  local workspace = redis.call('LPOP', list)
  if not workspace and which == 'all' then
    list = q.is_swapped and q.light or q.ring
    workspace = redis.call('LPOP', list)
  end
  q.is_swapped = list == q.light
  return workspace, list
end

-- A workspace has had its turn; left is what want has cut off it. Answers the credit of the ring.
local function line_up_again(q, workspace, list, state, left)
  if state == 'empty' then
    redis.call('SREM', q.active, workspace)
  elseif state == 'blocked' then
    redis.call('SADD', q.blocked, workspace)
  elseif list == q.light then
    line_up(q, workspace)
  elseif left > 0 then
    redis.call('LPUSH', q.ring, workspace)
    return left
  else
    redis.call('RPUSH', q.ring, workspace)
  end
end

-- Weighted round-robin: a workspace gives weight runs a turn. A turn on the ring that want cuts
-- short goes on in the next call. Who was light and has more by now moves to the ring; who is on the
-- ring stays there until it has nothing to give.
local function propose(q, worker, which, want, out)
  local weighted = exists(q.weights)
  local known = redis.call('MGET', q.credit, q.swap)
  local credit = tonumber(known[1] or nil)
  q.is_swapped, q.examined = known[2] ~= false, 0
  while #out / 2 < want and q.examined < EXAMINED_MAX do
    local workspace, list = pop(q, which)
    if not workspace then break end
    if list == q.light and not is_light(q, workspace) then
      redis.call('RPUSH', q.ring, workspace)
      q.examined = q.examined + 1
    else
      local turn = (weighted and tonumber(redis.call('HGET', q.weights, workspace) or nil)) or 1
      if list == q.ring then turn, credit = credit or turn, nil end
      local asked = math.min(turn, want - #out / 2)
      local state = take(q, worker, workspace, asked, out)
      credit = line_up_again(q, workspace, list, state, turn - asked) or credit
    end
  end
  keep(q.credit, known[1], credit and tostring(credit))
  if which == 'all' then keep(q.swap, known[2], q.is_swapped and '1') end
end

-- ARGV: worker, want, 1 to give back all its slots first, of which workspaces (all, light: those
-- alone, other: all but those), then ids of released runs.
-- Answers the delay until the next timer (-1: none); 1 when no run waits any more, 2 when some do, 0 when
-- there are caps; then id and workspace of each proposed run.
local function next_runs(keys, args)
  local q, now = open(keys[1]), now_ms()
  local worker, want, which, out = args[1], tonumber(args[2]), args[4], {}
  redis.call('ZADD', q.workers, now, worker)
  if args[3] == '1' then release_all(q, worker) end
  local runs = {}
  for index = 5, #args do runs[#runs + 1] = args[index] end
  if #runs > 0 then release(q, worker, runs) end
  move_timers(q, now)
  if want > 0 then
    propose(q, worker, which, want, out)
    flush_counts(q)
  end
  local has_light, has_ring = exists(q.light), exists(q.ring)
  local timer = redis.call('ZRANGE', q.timers, 0, 0, 'WITHSCORES')
  local delay = timer[2] and math.max(0, tonumber(timer[2]) - now) or -1
  if #out / 2 == want then
    wake(q, has_light, has_ring)
  elseif has_ring and which ~= 'light' or has_light and which ~= 'other' then
    delay = 0 -- this call has looked at enough; the next one goes on
  else
    redis.call('SET', which == 'light' and q.idle_light or q.idle, '1')
    if has_light then delay = math.min(delay < 0 and LIGHT_WAIT_MS or delay, LIGHT_WAIT_MS) end
  end
  local rest = 0
  if want > 0 and redis.call('EXISTS', q.limits, q.blocked) == 0 then
    rest = (has_ring or has_light) and 2 or 1
  end
  table.insert(out, 1, delay)
  table.insert(out, 2, rest)
  return out
end

-- ARGV: for each run: workspace, id, flow, delay (0 or less: due), weight (0: as it was).
local function push(keys, args)
  local q, now = open(keys[1]), now_ms()
  local first = redis.call('ZRANGE', q.timers, 0, 0, 'WITHSCORES')
  local earliest, is_earlier, ripe = tonumber(first[2] or nil) or math.huge, false, {}
  local weights = {}
  for index = 1, #args, 5 do
    local workspace, run, flow = args[index], args[index + 1], args[index + 2]
    local delay, weight = tonumber(args[index + 3]), tonumber(args[index + 4])
    local timer = run .. workspace .. '/' .. flow
    if weight > 0 then weights[workspace] = weight end
    if delay > 0 then
      redis.call('ZADD', q.timers, 'LT', now + delay, timer) -- too early is harmless, late is not
      is_earlier = is_earlier or now + delay < earliest
    else
      ripe[#ripe + 1] = timer
      make_ready(q, workspace, run, flow)
    end
  end
  call_many('ZREM', q.timers, ripe)
  for workspace, weight in pairs(weights) do
    if weight == 1 then
      redis.call('HDEL', q.weights, workspace)
    else
      redis.call('HSET', q.weights, workspace, math.min(weight, WEIGHT_MAX))
    end
  end
  local any = flush_ready(q)
  -- of an earlier timer everybody has to know
  if any or is_earlier then wake(q, is_earlier or exists(q.light), exists(q.ring)) end
  return redis.status_reply('OK')
end

-- The identity of this Redis process, which a restart or a failover changes.
local function process_id()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
end

-- ARGV: who asks, for how many ms the turn is its, and the generation that it has swept (or '').
-- Answers the generation, 1 when somebody has pushed all of Postgres into it, 1 when it is the
-- turn of who asks. A generation is this process's memory since it was last empty: another process
-- (restart, failover, a restored copy) or a missing key makes a new one.
local function sweep(keys, args)
  local q, now = open(keys[1]), now_ms()
  local known = redis.call('HMGET', q.generation, 'id', 'process', 'swept')
  local id, swept, process = known[1], known[3] == '1', process_id()
  if not id or known[2] ~= process then
    local time = redis.call('TIME') -- to the microsecond: nothing else tells two memories apart
    id, swept = string.sub(process, 1, 16) .. '-' .. time[1] .. '.' .. time[2], false
    redis.call('DEL', q.generation)
    redis.call('HSET', q.generation, 'id', id, 'process', process)
  end
  if args[3] == id and not swept then
    redis.call('HSET', q.generation, 'swept', '1')
    swept = true
  end
  for _, worker in ipairs(redis.call('ZRANGEBYSCORE', q.workers, '-inf', now - WORKER_LOST_MS)) do
    release_all(q, worker)
    redis.call('ZREM', q.workers, worker)
  end
  wake(q, exists(q.light), exists(q.ring))
  local holder = redis.call('GET', q.turn)
  local is_turn = not holder or holder == args[1]
  if is_turn then redis.call('SET', q.turn, args[1], 'PX', args[2]) end
  return {id, swept and 1 or 0, is_turn and 1 or 0}
end

-- ARGV: <ws>, <ws>/<flow>, *, or <ws>/*, and the cap; or '' for no cap. Queued runs feel it at once.
local function limit(keys, args)
  local q = open(keys[1])
  if args[2] == '' then
    redis.call('HDEL', q.limits, args[1])
  else
    redis.call('HSET', q.limits, args[1], args[2])
  end
  for _, field in ipairs(redis.call('SMEMBERS', q.blocked)) do -- those still at a cap come back
    if split(field) then
      unblock_flow(q, field, math.huge)
    else
      unblock_workspace(q, field)
    end
  end
  wake(q, exists(q.light), exists(q.ring))
  return redis.status_reply('OK')
end

redis.register_function('weir_next_@ID@', next_runs)
redis.register_function('weir_push_@ID@', push)
redis.register_function('weir_sweep_@ID@', sweep)
redis.register_function('weir_limit_@ID@', limit)
