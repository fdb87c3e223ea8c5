-- For wrk: asks for one path with many cookies in turn, and prints one line that the benchmark reads.
local requests = {}
local next_request = 0

function init(args)
  local path, file = args[1], args[2]
  if file then
    for cookie in io.lines(file) do
      requests[#requests + 1] = wrk.format("GET", path, { Cookie = cookie })
    end
    -- Each thread begins somewhere else.
    math.randomseed(tonumber(tostring(requests):match("0x(%x+)"), 16) % 2147483647)
    next_request = math.random(#requests)
  else
    requests[1] = wrk.format("GET", path)
  end
end

function request()
  next_request = next_request % #requests + 1
  return requests[next_request]
end

function done(summary, latency)
  local e = summary.errors
  local failed = e.connect + e.read + e.write + e.status + e.timeout
  local rate = summary.requests / summary.duration * 1000000
  io.write(string.format("RESULT %.1f %.3f %.3f %d\n", rate, latency:percentile(50) / 1000, latency:percentile(99) / 1000, failed))
end
