-- Drives `palisade lsp` from a headless Neovim: diagnostics of an unsaved buffer, hover, and a code action.
--   PALISADE=target/release/palisade nvim --headless --clean -c 'luafile lsp/tests/neovim.lua'
-- It keeps to what Neovim 0.7 has.
local function fail(message)
  io.stderr:write('neovim: ' .. message .. '\n')
  vim.cmd('cquit 1')
end

local program = vim.env.PALISADE or fail('PALISADE does not name the program')

local function wait(what, done)
  if not vim.wait(20000, done, 50) then
    fail(what .. ' did not come')
  end
end

local folder = vim.fn.tempname()
vim.fn.mkdir(folder, 'p')
local file = folder .. '/stack.yaml'
vim.fn.writefile({ 'Resources:', '  Orders:', '    Type: AWS::RDS::DBInstance' }, file)
vim.cmd('edit ' .. vim.fn.fnameescape(file))
local buffer = vim.api.nvim_get_current_buf()
local client = vim.lsp.start_client({ name = 'palisade', cmd = { program, 'lsp' }, root_dir = folder })
vim.lsp.buf_attach_client(buffer, client)
wait('the server', function()
  local found = vim.lsp.get_client_by_id(client)
  return found and found.initialized
end)

local function has(rule)
  for _, diagnostic in ipairs(vim.diagnostic.get(buffer)) do
    if diagnostic.code == rule then return diagnostic end
  end
end

local rule = 'aws-rds-instance-public'
-- Typed, and not saved. The é before the value tells encodings apart.
vim.api.nvim_buf_set_lines(buffer, 3, 3, false, { '    Properties: { DBName: é, PubliclyAccessible: true }' })
wait('the diagnostic of the unsaved buffer', function() return has(rule) end)
local diagnostic = has(rule)
local line = vim.api.nvim_buf_get_lines(buffer, diagnostic.lnum, diagnostic.lnum + 1, false)[1]
local marked = line:sub(diagnostic.col + 1, diagnostic.end_col)
if marked ~= 'PubliclyAccessible: true' then
  fail('the diagnostic underlines `' .. marked .. '`')
end

local function request(method, parameters)
  local answers = vim.lsp.buf_request_sync(buffer, method, parameters, 20000) or {}
  local answer = answers[client]
  if not answer or answer.err then fail(method .. ' has no answer') end
  return answer.result
end

local _, column = vim.str_utfindex(line, diagnostic.col + 1)
local position = { line = diagnostic.lnum, character = column }
local document = { uri = vim.uri_from_bufnr(buffer) }
local hover = request('textDocument/hover', { textDocument = document, position = position })
if not hover or not hover.contents.value:find(rule, 1, true) then fail('hover does not name the rule') end

local actions = request('textDocument/codeAction', {
  textDocument = document,
  range = { start = position, ['end'] = position },
  context = { diagnostics = {} },
})
if not actions or #actions == 0 then fail('there is no code action') end

vim.api.nvim_buf_set_lines(buffer, 3, 4, false, {})
wait('the end of the diagnostic', function() return not has(rule) end)
vim.lsp.stop_client(client)
print('neovim: diagnostics, hover and ' .. #actions .. ' code actions')
vim.cmd('qall!')
