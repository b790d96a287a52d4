-- The gateway's job in Lua: who asks, how much they may, and what is counted. The limit is the generic cell rate
-- algorithm, one number a consumer in the shared dictionary.
local gate = {}

local keys = {}
local rate, burst, interval, tolerance
local buckets, counters = ngx.shared.buckets, ngx.shared.counters
-- Upper bounds of the latency histogram, in seconds.
local bounds = { 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5 }

function gate.load(file, requests_per_second, most_at_once)
    for line in io.lines(file) do
        local key, consumer = line:match("^(%S+) (%S+)$")
        keys[key] = consumer
    end
    rate, burst = requests_per_second, most_at_once
    interval = 1 / rate
    tolerance = burst * interval
end

local function refuse(status, code)
    ngx.status = status
    ngx.header["Content-Type"] = "application/problem+json"
    ngx.print('{"status":' .. status .. ',"code":"' .. code .. '"}')
    return ngx.exit(status)
end

function gate.admit()
    local var, ctx = ngx.var, ngx.ctx
    local key = var.http_x_api_key
    local consumer = key and keys[key]
    if not consumer then
        return refuse(401, "key-unknown")
    end
    local now = ngx.now()
    local due = buckets:get(consumer)
    if not due or due < now then
        due = now
    end
    local next_due = due + interval
    local spare = now + tolerance - next_due
    if spare < 0 then
        ctx.remaining, ctx.reset = 0, -spare
        return refuse(429, "rate-limited")
    end
    buckets:set(consumer, next_due)
    ctx.remaining, ctx.reset = math.floor(spare * rate), next_due - now
    var.consumer = consumer
end

function gate.tell()
    local ctx = ngx.ctx
    if ctx.remaining then
        local header = ngx.header
        header["X-RateLimit-Limit"] = burst
        header["X-RateLimit-Remaining"] = ctx.remaining
        header["X-RateLimit-Reset"] = math.ceil(ctx.reset)
    end
end

function gate.count()
    local var = ngx.var
    local route, status = var.route or "none", ngx.status
    counters:incr("requests:" .. route .. ":" .. status, 1, 0)
    counters:incr("bytes:" .. route, tonumber(var.bytes_sent) or 0, 0)
    local took = ngx.now() - ngx.req.start_time()
    local bucket = #bounds + 1
    for i = 1, #bounds do
        if took <= bounds[i] then
            bucket = i
            break
        end
    end
    counters:incr("latency:" .. route .. ":" .. bucket, 1, 0)
end

return gate
