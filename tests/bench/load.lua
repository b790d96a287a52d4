-- wrk: walks through the requests of a file, round and round, and ends with one line of JSON.
-- Built once, so that the load generator takes as little as possible of its core.
local requests = {}
local at = 0

function init()
    local file = assert(io.open(os.getenv("BENCH_REQUESTS"), "rb"))
    local text = file:read("*a")
    file:close()
    local from = 1
    while true do
        local _, last = text:find("\r\n\r\n", from, true)
        if not last then break end
        requests[#requests + 1] = text:sub(from, last)
        from = last + 1
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '\nRESULT {"requests":%d,"seconds":%.6f,"p50_ms":%.3f,"p99_ms":%.3f,"bad":%d,"broken":%d,"bytes":%.0f}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        errors.status, errors.connect + errors.read + errors.write + errors.timeout, summary.bytes))
end
