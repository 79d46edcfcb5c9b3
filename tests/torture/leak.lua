-- leak.lua - what wrk asks in leak.sh: look-ups, and some of everything else.
--
-- ${KEY} goes with all of it.  The requests are made once and then taken in any
-- order, but for conversations: each has a key of its own.  No HEAD: wrk would
-- wait for a body.  With ${BEGIN} it only begins conversations.
local json = "application/json"
local key = "Bearer " .. os.getenv("KEY")
local begin = os.getenv("BEGIN")
local requests, n = {}, 0

local function add(times, method, path, body, more)
	local headers = { Authorization = key }

	headers["Content-Type"] = body and json or nil
	for name, value in pairs(more or {}) do
		headers[name] = value
	end
	for _ = 1, times do
		n = n + 1
		requests[n] = wrk.format(method, path, headers, body)
	end
end

-- With two of them the table of answers is full soon, and still some are
-- replaced all the time.
local categories = { "delivery.late", "account" }
local stages = { "open", "listen", "restate", "validate", "apologize", "clarify",
	"propose", "agree", "resolve", "thank" }
local signals = { "next", "calmer", "angrier", "confirms", "rejects", "told" }

local function lookups()
	for _, category in ipairs(categories) do
		for _, stage in ipairs(stages) do
			for i, signal in ipairs(signals) do
				add(9, "GET", "/v1/next?category=" .. category ..
					"&stage=" .. stage .. "&signal=" .. signal)
				add(3, "GET", "/v1/next?category=" .. category ..
					"&stage=" .. stage .. "&values.customer_name=A" ..
					i .. "&phrases=" .. i)
			end
			add(6, "GET", "/v1/steps/" .. stage .. "?flat=1&category=" ..
				category)
			add(3, "GET", "/v1/phrases/" .. category .. "/" .. stage .. "/1")
		end
	end
end

local function others()
	local values = [["values": {"customer_name": "Ana", "due_date": "Monday"}]]

	for _, path in ipairs { "/v1/categories", "/v1/stages", "/v1/names",
		"/v1/export/rasa", "/v1/coverage?limit=5", "/metrics", "/openapi.json",
		"/v1/phrases?q=late&limit=5", "/v1/releases", "/web/host.js" } do
		add(2, "GET", path)
		add(2, "GET", path, nil, { ["Accept-Encoding"] = "gzip" })
		add(1, "OPTIONS", path)
		add(2, "GET", path, nil, { ["If-None-Match"] = "*" })
	end
	for _, stage in ipairs(stages) do
		add(6, "POST", "/v1/next", [[{"category": "delivery.late", "stage": "]]
			.. stage .. [[", "signal": "angrier", ]] .. values .. "}")
		add(2, "GET", "/v1/next?category=general&stage=" .. stage, nil,
			{ Accept = "text/plain" })
	end
	add(20, "POST", "/v1/check", [[{"text": "You should have called us. ]] ..
		[[Please calm down.", "said": ["Calm down."], ]] .. values .. "}")
	add(20, "POST", "/v1/read",
		[[{"text": "Third time I write!! Let me speak to a manager."}]])
	add(10, "POST", "/v2/check", "language=en-US&text=Calm+down.",
		{ ["Content-Type"] = "application/x-www-form-urlencoded" })
	add(10, "POST", "/v1/adapters/rasa/nlg", [[{"response": "utter_validate",
		"arguments": {"category": "delivery.late"}, "tracker": {"events": [
		{"event": "user", "text": "late"}], "slots": {"due_date": "Monday"}}}]])
	add(10, "POST", "/v1/adapters/dialogflow-cx", [[{"fulfillmentInfo":
		{"tag": "evenkeel.next"}, "sessionInfo": {"parameters":
		{"category": "delivery.late", "stage": "listen"}}}]])
	-- Refused, in each way that there is.
	for _, path in ipairs { "/nowhere", "/v1/stages/none", "/v1/next",
		"/v1/next?category=delivery.lote", "/v1/next?category=general&x=1",
		"/v1/next?category=%ff", "/v1/events?after=x", "/problems/none" } do
		add(8, "GET", path)
	end
	add(8, "POST", "/v1/next", "{")
	add(8, "POST", "/v1/next", [[{"category": ["general"], "x": 1}]])
	add(8, "POST", "/v1/next", "{}", { ["Content-Type"] = "text/csv" })
	add(8, "PATCH", "/v1/next", "{}")
	add(8, "GET", "/v1/next?category=general", nil, { Authorization = "Bearer x" })
	add(8, "POST", "/v1/check", [[{"text": "]] .. ("x"):rep(70000) .. [["}]])
	-- The database's.
	add(4, "GET", "/v1/conversations?subject=leak&limit=3")
	add(2, "GET", "/v1/follow-ups?due_before=2030-01-01T00:00:00Z&limit=3")
end

local nth, start = 0, tostring(os.time())

function init()
	math.randomseed(os.time())
	lookups()
	others()
end

function request()
	nth = nth + 1
	if nth % 25 ~= 0 and not begin then
		return requests[math.random(n)]
	end
	if nth % 250 ~= 0 and not begin then
		return wrk.format("GET", "/v1/next?category=general&values.matter=" ..
			math.random(1e9), { Authorization = key })
	end
	return wrk.format("POST", "/v1/conversations", { Authorization = key,
		["Content-Type"] = json, ["Idempotency-Key"] = start .. "-" .. nth },
		[[{"category": "delivery.late", "subject": "leak"}]])
end
