-- For wrk: one image of 28x28 for each request, through the binary route of the Open Inference Protocol.
--   wrk -t1 -c64 -d10s --latency -s tools/infer.lua http://127.0.0.1:8098

local header = '{"parameters":{"binary_data_output":true},"inputs":[{"name":"image","datatype":"UINT8","shape":[1,784],'
  .. '"parameters":{"binary_data_size":784}}]}'
local paper, ink = string.char(0), string.char(255)
-- A stroke from top to bottom, as a one.
local blank = string.rep(paper, 28)
local row = string.rep(paper, 13) .. string.rep(ink, 2) .. string.rep(paper, 13)
local image = string.rep(blank, 4) .. string.rep(row, 20) .. string.rep(blank, 4)

wrk.method = "POST"
wrk.path = "/v2/models/lenet5/infer"
wrk.headers["Content-Type"] = "application/octet-stream"
wrk.headers["Inference-Header-Content-Length"] = tostring(#header)
wrk.body = header .. image
