-- wrk's requests: wrk -s load.lua URL -- FILE again|new|get
-- FILE has a body a line, of which each request takes one at random. With 'new' a number in place
-- of the mark, in a comment or in a name, makes each body another one, so that no cache of answers can know it. With 'get' a line
-- is a path and the ETag that the client has.

local bodies, mark, count = {}, "[#_]0000000", 0

function init(arguments)
  local is_new = arguments[2] == "new"
  if arguments[2] == "get" then
    for line in io.lines(arguments[1]) do
      local path, tag = line:match("^(.-)\t(.*)$")
      local headers = { ["Accept"] = "application/graphql-response+json", ["apollo-require-preflight"] = "1", ["If-None-Match"] = tag }
      bodies[#bodies + 1] = wrk.format("GET", path, headers)
    end
    return
  end
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  for line in io.lines(arguments[1]) do
    bodies[#bodies + 1] = is_new and line or wrk.format(nil, nil, nil, line)
  end
  math.randomseed(os.time())
  if is_new then
    count = math.random(0, 8999999)
    request = function()
      count = (count + 1) % 10000000
      local body = bodies[math.random(#bodies)]
      local at = body:find(mark)
      return wrk.format(nil, nil, nil, body:sub(1, at) .. string.format("%07d", count) .. body:sub(at + 8))
    end
  end
end

function request()
  return bodies[math.random(#bodies)]
end

function done(summary, latency)
  local e = summary.errors
  print(string.format("MEASURED %d %d %d %d %d", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
