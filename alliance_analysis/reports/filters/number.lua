-- Before citeproc: exhibits, equations, cross references, citations and the place of the reference list.
-- A fault is reported as one line of JSON on stderr; export.py turns it into an error that names the remedy.

local PREFIX = { figure = "fig", table = "tbl" }
local FEW = 8 -- a table of so few rows is not broken if a page can help it
local NAME = { figure = "Figure", table = "Table" }

local cell = nil
local faulty = false
local labels = {} -- "fig:timeline" -> "Figure 1"
local counts = { figure = 0, table = 0, equation = 0 }
local paper = false -- a student paper, double spaced
local appendix = "" -- the letter of the appendix that the exhibits stand in
local cited, keyless = {}, {}

local function fault(what, name, valid)
  faulty = true
  local line = pandoc.json.encode({ what = what, name = name, cell = cell, valid = valid })
  io.stderr:write("casebook-fault " .. line .. "\n")
end

local function sorted_keys(of)
  local keys = pandoc.List()
  for key in pairs(of) do keys:insert(key) end
  keys:sort()
  return keys
end

local function mark_cell(raw)
  local number = raw.format == "html" and raw.text:match("^<!%-%- casebook cell (%d+) %-%->$")
  if number then cell = tonumber(number) end
  return number ~= nil and number ~= false
end

-- HTML to native blocks ---------------------------------------------------------------------------------------

-- What a page folds stands open on paper, under its summary.
local function unfolded(summary, folded)
  local head = pandoc.utils.blocks_to_inlines(pandoc.read(summary, "html").blocks)
  return pandoc.Blocks({ pandoc.Para({ pandoc.Emph(head) }) }) .. pandoc.read(folded, "markdown").blocks
end

local function from_html(raw)
  if raw.format == "html" then
    if raw.text:match("^<!%-%- casebook cell") then return nil end
    local summary, folded = raw.text:match("^<details[^>]*>%s*<summary>(.-)</summary>(.*)</details>%s*$")
    if summary then return unfolded(summary, folded) end
    return pandoc.read(raw.text, "html").blocks
  end
  if raw.format:match("tex$") and raw.text:match("^\\begin{[aeg][lqa]") then
    return pandoc.Para({ pandoc.Math("DisplayMath", raw.text) })
  end
end

local function from_inline_tex(raw)
  local label = raw.format:match("tex$") and raw.text:match("^\\e?q?ref{(.-)}")
  if label then return pandoc.Cite({}, { pandoc.Citation(label, "AuthorInText") }) end
end

local MARKS = {
  sub = pandoc.Subscript, sup = pandoc.Superscript, b = pandoc.Strong, strong = pandoc.Strong, i = pandoc.Emph,
  em = pandoc.Emph, u = pandoc.Underline, s = pandoc.Strikeout, del = pandoc.Strikeout,
}

-- HTML tags in a line: marks of the text, line breaks and pictures; "a <b and c> d" is a comparison.
local function from_inline_html(inlines)
  local out, open = pandoc.Inlines({}), pandoc.List()
  for _, inline in ipairs(inlines) do
    local tag = inline.t == "RawInline" and inline.format == "html" and inline.text
    local opens, closes = tag and tag:match("^<(%a+)"), tag and tag:match("^</(%a+)")
    if not tag then
      out:insert(inline)
    elseif tag:match("^<br") then
      out:insert(pandoc.LineBreak())
    elseif tag:match("^<img") then
      out:extend(pandoc.utils.blocks_to_inlines(pandoc.read(tag, "html").blocks))
    elseif tag:match("^<%a+%s+%a[%w%s]*>$") then
      out:insert(pandoc.Str(tag))
    elseif opens and MARKS[opens] then
      open:insert({ opens, out })
      out = pandoc.Inlines({})
    elseif closes and #open > 0 and open[#open][1] == closes then
      local before = open:remove()[2]
      before:insert(MARKS[closes](out))
      out = before
    end
  end
  while #open > 0 do out = open:remove()[2] .. out end
  return out
end

local function plain_cells(rows, scope, heads)
  for _, row in ipairs(rows) do
    row.attr = pandoc.Attr()
    for at, each in ipairs(row.cells) do
      local header = at <= heads
      each.attr = pandoc.Attr("", {}, header and { scope = scope } or {})
    end
  end
end

local function is_number(text)
  return text:match("%d") and not text:match("%a") and #text < 20
end

local function tidy_table(tbl)
  local body = tbl.bodies[1]
  local columns = #tbl.colspecs
  plain_cells(tbl.head.rows, "col", columns)
  for _, each in ipairs(tbl.bodies) do plain_cells(each.body, "row", each.row_head_columns) end
  for at = 2, columns do -- the first column names the rows
    local numbers, others = 0, 0
    for _, row in ipairs(body and tbl.colspecs[at][1] == "AlignDefault" and body.body or {}) do
      if #row.cells == columns then
        local text = pandoc.utils.stringify(row.cells[at].contents)
        if is_number(text) then numbers = numbers + 1 elseif text ~= "" and text ~= "—" then others = others + 1 end
      end
    end
    if numbers > 0 and others == 0 then tbl.colspecs[at] = { "AlignRight", tbl.colspecs[at][2] } end
  end
  return tbl
end

-- Exhibits ----------------------------------------------------------------------------------------------------

local function register(id, name)
  if labels[id] then fault("the label is used twice", id) end
  labels[id] = name
end

local function exhibit(kind, id, caption, content, note)
  counts[kind] = counts[kind] + 1
  local name = NAME[kind] .. " " .. appendix .. counts[kind]
  if id ~= "" then register(id, name) end
  local blocks = pandoc.List({
    pandoc.Div({ pandoc.Para({ pandoc.Strong(name) }) }, pandoc.Attr("", { "exhibit-number" })),
    pandoc.Div({ pandoc.Para({ pandoc.Emph(caption) }) }, pandoc.Attr("", { "exhibit-title" })),
  })
  blocks:extend(content)
  if #note > 0 then
    local text = pandoc.List({ pandoc.Emph("Note."), pandoc.Space() })
    text:extend(note)
    blocks:insert(pandoc.Div({ pandoc.Para(text) }, pandoc.Attr("", { "exhibit-note" })))
  end
  local rows = 0
  pandoc.Blocks(content):walk({ Table = function(tbl) for _, body in ipairs(tbl.bodies) do rows = rows + #body.body end end })
  local few = rows > 0 and rows <= FEW and "few-rows" or nil
  return pandoc.Div(blocks, pandoc.Attr(id, { "exhibit", "exhibit-" .. kind, few }))
end

-- "Source: (Huang & Goo, 2009)" reads better as "Source: Huang and Goo (2009)".
local function narrative(note)
  local out = pandoc.Inlines({})
  for at, inline in ipairs(note) do
    local word = at > 2 and note[at - 1].t == "Space" and note[at - 2].text
    if inline.t == "Cite" and word and word:match("^Sources?:$") then
      for nth, citation in ipairs(inline.citations) do
        if nth > 1 then out:extend({ pandoc.Str(";"), pandoc.Space() }) end
        citation.mode = "AuthorInText"
        out:insert(pandoc.Cite(inline.content, { citation }))
      end
    else
      out:insert(inline)
    end
  end
  return out
end

local function from_contract(div)
  local parts, content = { caption = {}, alt = {}, note = {} }, pandoc.List()
  for _, block in ipairs(div.content) do
    local part = block.t == "Div" and block.classes[1]
    if parts[part] then
      parts[part] = pandoc.utils.blocks_to_inlines(block.content)
    else
      content:insert(block)
    end
  end
  if div.attributes.kind ~= "table" then
    content = content:map(function(block)
      return block:walk({ Image = function(image) image.caption = parts.alt; return image end })
    end)
  end
  for key in (div.attributes.sources or ""):gmatch("%S+") do keyless[key] = keyless[key] or cell or 0 end
  if div.attributes.kind == "image" then return content end
  local label = div.attributes.label or ""
  if label ~= "" and not label:match(":") then label = PREFIX[div.attributes.kind] .. ":" .. label end
  return exhibit(div.attributes.kind, label, parts.caption, content, narrative(parts.note))
end

local function exhibits(blocks)
  local out = pandoc.Blocks({})
  for _, block in ipairs(blocks) do
    if block.t == "RawBlock" and mark_cell(block) then
      out:insert(block)
    elseif paper and block.t == "Header" and block.level == 1 and pandoc.utils.stringify(block):match("^Appendix%f[%A]") then
      appendix = pandoc.utils.stringify(block):match("^Appendix%s+(%u)%f[%A]") or "A"
      counts.figure, counts.table = 0, 0
      block.classes:insert("appendix-heading")
      out:insert(block)
    elseif block.t == "Div" and block.classes:includes("casebook-exhibit") then
      local made = from_contract(block)
      if made.t then out:insert(made) else out:extend(made) end
    elseif block.t == "Div" or block.t == "BlockQuote" then
      block.content = exhibits(block.content)
      out:insert(block)
    elseif block.t == "Figure" then
      local caption = pandoc.utils.blocks_to_inlines(block.caption.long)
      if #caption == 0 then
        out:extend(block.content)
      else
        out:insert(exhibit("figure", block.identifier, caption, block.content, {}))
      end
    elseif block.t == "Table" and #block.caption.long > 0 then
      local caption, id = pandoc.utils.blocks_to_inlines(block.caption.long), block.identifier
      block.caption.long, block.identifier = {}, ""
      out:insert(exhibit("table", id, caption, { block }, {}))
    else
      out:insert(block)
    end
  end
  return out
end

local function to_cite(span)
  local citations = pandoc.List()
  for key in (span.attributes.key or span.attributes["data-key"] or ""):gmatch("[^;%s]+") do
    local bare = key:match("^%-(.+)$")
    citations:insert(pandoc.Citation(bare or key, bare and "SuppressAuthor" or "NormalCitation"))
  end
  return #citations > 0 and pandoc.Cite(span.content, citations) or span.content
end

-- Equations ---------------------------------------------------------------------------------------------------

-- The TeX waits in a code element, which no later walk takes for bare mathematics; finish.lua sets it.
local function name_equation(code, id)
  if not id:match("^eq:") then id = "eq:" .. id end
  if not code.attributes.number then
    counts.equation = counts.equation + 1
    code.attributes.number = tostring(counts.equation)
  end
  register(id, "Equation " .. code.attributes.number)
  code.identifier = id
end

local function equation(math)
  local id, tag = math.text:match("\\label{(.-)}"), math.text:match("\\tag%*?{(.-)}")
  local tex = math.text:gsub("%s*\\label{.-}", ""):gsub("%s*\\tag%*?{.-}", "")
  local code = pandoc.Code(tex, pandoc.Attr("", { "equation", math.mathtype }))
  code.attributes.alt = tex:gsub("%s+", " "):match("^ ?(.-) ?$")
  code.attributes.number = tag
  if id then name_equation(code, id) end
  return code
end

-- `[$$ ... $$]{#eq:label alt="..."}` and `[$...$]{alt="..."}`
local function spans(span)
  if span.classes:includes("cite") then return to_cite(span) end
  local only = #span.content == 1 and span.content[1]
  if not only or only.t ~= "Code" or not only.classes:includes("equation") then return nil end
  only.attributes.alt = span.attributes.alt or only.attributes.alt
  if span.identifier ~= "" then name_equation(only, span.identifier) end
  return only
end

-- Citations and cross references ------------------------------------------------------------------------------

local function reference(citation)
  local name = labels[citation.id]
  if not name then
    local kind = citation.id:match("^%a+:")
    local valid = sorted_keys(labels):filter(function(label) return label:sub(1, #kind) == kind end)
    fault("there is no such label", citation.id, valid)
    name = "?"
  end
  return pandoc.Link({ pandoc.Str((name:gsub(" ", "\u{a0}"))) }, "#" .. citation.id)
end

local function crossing(cite)
  local is_label = function(citation)
    local kind = citation.id:match("^(%a+):")
    return kind == "fig" or kind == "tbl" or kind == "eq"
  end
  local own = cite.citations:filter(is_label)
  if #own == 0 then
    for _, citation in ipairs(cite.citations) do cited[citation.id] = cited[citation.id] or cell or 0 end
    return nil
  end
  if #own < #cite.citations then
    fault("a figure, table or equation and a source stand in one citation", own[1].id)
  end
  local bare = cite.citations[1].mode == "AuthorInText"
  local out = pandoc.Inlines(bare and {} or { pandoc.Str("(") })
  for at, citation in ipairs(own) do
    if at > 1 then out:extend({ pandoc.Str(","), pandoc.Space() }) end
    out:extend(citation.prefix)
    if #citation.prefix > 0 then out:insert(pandoc.Space()) end
    out:insert(reference(citation))
    out:extend(citation.suffix)
  end
  if not bare then out:insert(pandoc.Str(")")) end
  return out
end

-- Headings by their ids, written as JupyterLab or as pandoc writes them.
local function anchor(id) return (id:lower():gsub("[^%w\128-\255]", "")) end

-- A document has no other pages beside it: a link to one is its text. A link inside leads to the heading it means.
local function links(anchors)
  return function(link)
    local inside = link.target:match("^#(.*)$")
    if inside then
      local id = labels[inside] and inside or anchors[anchor(inside)]
      link.target = "#" .. (id or "")
      return id and link or link.content
    end
    return not link.target:match("^%a[%w+.-]+:") and link.content or nil
  end
end

local function pictures(image)
  if image.src:match("^%a[%a%d]+://") then
    fault("the picture is on the network", image.src)
  elseif not image.src:match("^data:") and not pcall(pandoc.mediabag.fetch, image.src) then
    fault("the picture is not there", image.src)
  end
  image.attributes.cell = cell and tostring(cell)
  return image
end

local function check_keys(doc)
  local known = {}
  local checks = {}
  doc.meta.nocite = #sorted_keys(keyless) > 0
    and { pandoc.Cite({}, sorted_keys(keyless):map(function(key) return pandoc.Citation(key, "NormalCitation") end)) }
    or nil
  for _, entry in ipairs(pandoc.utils.references(doc)) do
    known[entry.id] = true
    local marks = pandoc.List()
    for word in pandoc.utils.stringify(entry.keyword or ""):gmatch("[^,%s]+") do
      local mark = word:match("^to%-check%-?(.*)$")
      if mark == "doi" or mark == "url" or mark == "isbn" then mark = mark:upper() end
      if mark then marks:insert((mark:gsub("-", " "))) end
    end
    if #marks > 0 then
      marks = marks:filter(function(mark) return mark ~= "" or #marks == 1 end)
      checks[entry.id] = "[to check" .. (marks[1] ~= "" and ": " .. table.concat(marks, ", ") or "") .. "]"
    end
  end
  for _, set in ipairs({ cited, keyless }) do
    for _, key in ipairs(sorted_keys(set)) do
      if not known[key] then
        cell = set[key] ~= 0 and set[key] or nil
        fault("there is no such reference", key)
        known[key] = true
      end
    end
  end
  doc.meta["to-check"] = checks
end

-- Headings and the reference list -----------------------------------------------------------------------------

local open = pandoc.List()

local function even_level(header)
  while #open > 0 and open[#open] >= header.level do open:remove() end
  open:insert(header.level)
  header.level = #open
  return header
end

local function place_references(blocks)
  if #sorted_keys(cited) + #sorted_keys(keyless) == 0 then return blocks end
  local heading, there = nil, false
  blocks:walk({ Div = function(div) there = there or div.identifier == "refs" end })
  for at, block in ipairs(blocks) do
    if block.t == "Header" and pandoc.utils.stringify(block):lower():match("^references$") then heading = at end
  end
  if heading then blocks[heading].classes:insert("references-heading") end
  if there then return blocks end
  local place = #blocks + 1
  if heading then
    for at = heading + 1, #blocks do
      if blocks[at].t == "Header" and blocks[at].level <= blocks[heading].level then place = at; break end
    end
  else
    blocks:insert(pandoc.Header(1, "References", pandoc.Attr("references", { "references-heading" })))
    place = #blocks + 1
  end
  blocks:insert(place, pandoc.Div({}, pandoc.Attr("refs")))
  return blocks
end

local function drop_html(raw)
  if raw.format == "html" then return {} end
end

-- Labels must all be known before the first reference to one; a cell's mark stands above what the cell shows.
local function references(blocks)
  local out, anchors = pandoc.Blocks({}), {}
  local function note(element) if element.identifier ~= "" then anchors[anchor(element.identifier)] = element.identifier end end
  blocks:walk({ Header = note, Div = note, Span = note })
  for _, block in ipairs(blocks) do
    if block.t == "RawBlock" and mark_cell(block) then
      -- said what it had to say
    else
      out:extend(pandoc.Blocks({ block }):walk({ Cite = crossing, Image = pictures, Link = links(anchors), RawBlock = drop_html }))
    end
  end
  return out
end

function Pandoc(doc)
  paper = doc.meta.spacing ~= nil and pandoc.utils.stringify(doc.meta.spacing) == "double"
  local blocks = doc.blocks:walk({ RawBlock = from_html })
  blocks = blocks:walk({
    RawInline = from_inline_tex, Inlines = from_inline_html, Math = equation, Span = spans, Table = tidy_table, Header = even_level,
  })
  blocks = exhibits(blocks)
  cell = nil
  doc.blocks = place_references(references(blocks))
  check_keys(doc)
  if faulty then error("casebook-faults") end
  return doc
end
