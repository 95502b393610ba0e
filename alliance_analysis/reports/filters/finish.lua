-- After citeproc: each format's own way of setting exhibits, equations, tables and the reference list.

local typst, docx = FORMAT == "typst", FORMAT == "docx"
local faulty = false

local OWN = docx and "openxml" or FORMAT
local function raw(text) return pandoc.RawBlock(OWN, text) end
local function rawi(text) return pandoc.RawInline(OWN, text) end
local function quoted(text) return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("%s+", " ") .. '"' end
local function styled(style, blocks) return pandoc.Div(blocks, pandoc.Attr("", {}, { ["custom-style"] = style })) end

-- Mathematics -------------------------------------------------------------------------------------------------

local function typst_math(kind, tex, alt, number, id)
  local start = "#math.equation(alt: " .. quoted(alt) .. (kind == "DisplayMath" and ", block: true" or "")
  if number then start = start .. ", numbering: _ => upright(" .. quoted("(" .. number .. ")") .. ")" end
  local doc = pandoc.Pandoc({ pandoc.Plain({ pandoc.Math(kind, tex) }) })
  local body = pandoc.write(doc, "typst-smart", { wrap_text = "none" }):gsub("%s+$", "")
  return rawi(start .. ", " .. body .. ".body)" .. (id ~= "" and "<" .. id .. ">" or ""))
end

local TAB = "<w:r><w:tab/></w:r>"

local function equation(code)
  if not code.classes:includes("equation") then return nil end
  local kind, number = code.classes[2], code.attributes.number
  if typst then return typst_math(kind, code.text, code.attributes.alt, number, code.identifier) end
  local math = pandoc.Math(number and docx and "InlineMath" or kind, code.text)
  if not number then return math end
  local side = pandoc.Str("(" .. number .. ")")
  local span = pandoc.Span({ math }, pandoc.Attr(code.identifier))
  if docx then
    span.classes:insert("tabbed")
    span.content = { rawi(TAB), math, rawi(TAB), side }
  else
    span.classes:insert("equation")
    span.content = {
      pandoc.Span(span.content, pandoc.Attr("", { "equation-body" })),
      pandoc.Span({ side }, pandoc.Attr("", { "equation-number" })),
    }
  end
  return span
end

local function equation_paragraph(para)
  local only = #para.content == 1 and para.content[1]
  if only and only.t == "Span" and only.classes:includes("tabbed") then return styled("Equation", { para }) end
end

-- Pictures ----------------------------------------------------------------------------------------------------

local function picture(image)
  local alt = image.attributes.alt or pandoc.utils.stringify(image.caption)
  local cell = tonumber(image.attributes.cell)
  image.attributes.alt, image.attributes.cell = nil, nil
  image.title = ""
  if not typst then
    image.caption = { pandoc.Str(alt) }
    return image
  end
  if alt == "" then
    faulty = true
    local said = { what = "the figure has no alt text", name = image.src, cell = cell }
    io.stderr:write("casebook-fault " .. pandoc.json.encode(said) .. "\n")
  end
  local kind, bytes = pandoc.mediabag.fetch(image.src)
  local path = image.src
  if not path:match("^figure%-%d+%.%w+$") then
    path = "picture-" .. pandoc.utils.sha1(bytes):sub(1, 12) .. "." .. (kind or ""):gsub("+.*", ""):match("%w*$")
    local file = assert(io.open(path, "wb"))
    file:write(bytes)
    file:close()
  end
  local width = image.attributes.width
  local pixels = width and tonumber(width:match("^([%d.]+)p?x?$"))
  if pixels then width = string.format("%.3fin", pixels / 96) end
  if width and not width:match("^[%d.]+[ipc%%][nmt]?$") then width = nil end
  return rawi("#image(" .. quoted(path) .. ", alt: " .. quoted(alt) .. (width and ", width: " .. width or "") .. ")")
end

-- Tables ------------------------------------------------------------------------------------------------------

local SMALL = 6 -- columns from which on a table's text is 9 pt instead of 10 pt
local LINE, INSET = 468, 8 -- the points of a line of text, and of the space beside a cell's text

local function each_cell(tbl, visit)
  local function rows(of)
    for _, row in ipairs(of) do
      for at, cell in ipairs(row.cells) do visit(cell, #row.cells == #tbl.colspecs and at or nil) end
    end
  end
  rows(tbl.head.rows)
  for _, body in ipairs(tbl.bodies) do
    rows(body.head)
    rows(body.body)
  end
  rows(tbl.foot.rows)
end

-- About how wide a text is, in ems of a bold serif face.
local function ems(text)
  local wide = 0
  for _, code in utf8.codes(text) do
    local char = code < 128 and string.char(code) or "n"
    local narrow, broad = char:match("[fijlrt.,;:!|()' ]"), char:match("[mwMW%%@]")
    wide = wide + (broad and 0.9 or narrow and 0.36 or char:match("%u") and 0.72 or 0.55)
  end
  return wide
end

-- What each column needs for its longest word, and for its longest line, as shares of the page.
local function needs(tbl)
  local size = #tbl.colspecs >= SMALL and 9 or 10
  local share = function(text) return (ems(text) * size + INSET) / LINE end
  local least, whole = {}, {}
  for at = 1, #tbl.colspecs do least[at], whole[at] = 0, 0 end
  each_cell(tbl, function(cell, at)
    if not at or cell.col_span > 1 then return end
    local lines = cell.contents:walk({ LineBreak = function() return pandoc.Str("\n") end })
    for line in pandoc.utils.stringify(lines):gmatch("[^\n]+") do
      whole[at] = math.max(whole[at], share(line))
      for word in line:gsub("\u{2013}", " "):gsub("\u{2014}", " "):gmatch("[^%s/-]+") do
        least[at] = math.max(least[at], math.min(share(word), 0.3))
      end
    end
  end)
  return least, whole
end

local function sum(of)
  local total = 0
  for _, each in ipairs(of) do total = total + each end
  return total
end

-- A column holds at least its longest word; the columns with room to spare give it. Word and its kin size no column
-- by what stands in it, so there a table without widths gets them here.
local function set_widths(tbl)
  local given = pandoc.List()
  for at, spec in ipairs(tbl.colspecs) do given[at] = spec[2] end
  local sized = #given == #tbl.colspecs
  if not sized and not docx then return end
  local least, whole = needs(tbl)
  local want = sized and given or whole
  local total, lacking, spare = math.max(sum(want), 1), 0, 0
  for at = 1, #want do
    want[at] = want[at] / total - least[at]
    if want[at] < 0 then lacking = lacking - want[at] else spare = spare + want[at] end
  end
  for at, spec in ipairs(tbl.colspecs) do
    local over = spare > lacking and math.max(want[at], 0) * (1 - lacking / spare) or want[at]
    tbl.colspecs[at] = { spec[1], least[at] + over }
  end
end

-- pandoc's own table, which `booktable` in the template sets; in a cell, a sign or a number starts no list or heading.
local function typst_table(tbl)
  local at = tbl.attributes.at
  tbl.attributes.at = nil
  local text = pandoc.write(pandoc.Pandoc({ tbl }), "typst-smart-citations", { wrap_text = "none" })
  text = text:gsub("^#figure%(%s*align%(center%)%[#table%(", "#booktable(" .. (at and "at: " .. at .. "," or "")):gsub("%)%]%s*, kind: table%s*%)%s*$", ")")
  for _, opens in ipairs({ "\n *%[", "%], %[", "%)%[", "header%(%[" }) do
    for _, mark in ipairs({ "[-+=/]", "%d+%." }) do text = text:gsub("(" .. opens .. ")(" .. mark .. ")", "%1#[]%2") end
  end
  return raw(text)
end

local function docx_table(tbl)
  local style = #tbl.colspecs >= SMALL and "Small Table Text" or "Table Text"
  each_cell(tbl, function(cell)
    local blocks = cell.contents:map(function(block) return block.t == "Plain" and pandoc.Para(block.content) or block end)
    cell.contents = { styled(style, blocks) }
  end)
  return tbl
end

local function set_table(tbl)
  set_widths(tbl)
  if typst then return typst_table(tbl) end
  if docx then return docx_table(tbl) end
  return pandoc.Div({ tbl }, pandoc.Attr("", { "table" }, { { "tabindex", "0" }, { "role", "region" }, { "aria-label", "Table" } }))
end

-- Exhibits ----------------------------------------------------------------------------------------------------

-- Each exhibit's place in the text, and marks in a table's last two rows and above sections: placing.py asks where they
-- came to stand.
local function count_exhibits(blocks)
  local count, sections = 0, 0
  local function section(header)
    if header.level > 1 then return nil end
    sections = sections + 1
    return { raw("#mark(0, " .. quoted("section " .. sections) .. ")"), header }
  end
  return blocks:walk({ Header = section, Div = function(div)
    if not div.classes:includes("exhibit") then return nil end
    count = count + 1
    div.attributes.at = tostring(count)
    return div:walk({ Table = function(tbl)
      local rows = tbl.bodies[#tbl.bodies].body
      tbl.attributes.at = tostring(count)
      for back = 0, math.min(1, #rows - 1) do
        local cells = rows[#rows - back].cells
        local cell = #cells == #tbl.colspecs and cells[1]
        local first = cell and cell.contents[1]
        local at = rawi("#mark(" .. count .. ", " .. quoted("row " .. back) .. ")")
        if first and first.content then first.content:insert(1, at) elseif cell then cell.contents:insert(pandoc.Plain({ at })) end
      end
      return tbl
    end })
  end })
end

-- A mark before the last word of the text before an exhibit and its headings: so much of the page is filled without it.
local function mark_before(blocks)
  for at, div in ipairs(blocks) do
    local back = at - 1
    while back > 0 and (blocks[back].t == "Header" or blocks[back].t == "RawBlock") do back = back - 1 end
    local last = div.t == "Div" and div.attributes.at and blocks[back]
    while last and last.t:match("List$") and type(last.content[#last.content]) == "table" do
      local item = last.content[#last.content]
      last = item[#item]
    end
    if last and (last.t == "Para" or last.t == "Plain") and #last.content > 0 then
      last.content:insert(#last.content, rawi("#mark(" .. div.attributes.at .. ', "before")'))
    end
  end
end

local STYLE = { ["exhibit-number"] = "Exhibit Number", ["exhibit-title"] = "Exhibit Title", ["exhibit-note"] = "Exhibit Note" }

local function exhibit(div)
  if not div.classes:includes("exhibit") then return nil end
  local kind = div.classes[2]
  local out = pandoc.List()
  if typst then
    local named = div.identifier ~= "" and ", label: <" .. div.identifier .. ">" or ""
    local few = div.classes:includes("few-rows") and ", few: true" or ""
    out:insert(raw("#" .. kind .. "(at: " .. div.attributes.at .. few .. named .. ")["))
    for _, block in ipairs(div.content) do
      local part = block.t == "Div" and STYLE[block.classes[1]] and block.classes[1]
      if part then
        out:insert(raw("#" .. part .. "["))
        out:extend(block.content)
        out:insert(raw("]"))
      else
        out:insert(block)
      end
    end
    out:insert(raw("]"))
    return out
  end
  for _, block in ipairs(div.content) do
    local style = block.t == "Div" and STYLE[block.classes[1]]
    if docx and style then
      out:insert(styled(style, block.content))
    elseif docx and block.t == "Para" then
      out:insert(styled("Exhibit Figure", { block }))
    else
      out:insert(block)
    end
  end
  if docx then return pandoc.Div(out, pandoc.Attr(div.identifier)) end
  local id = div.identifier ~= "" and ' id="' .. div.identifier .. '"' or ""
  out:insert(1, raw("<figure" .. id .. ' class="' .. table.concat(div.classes, " ") .. '">'))
  out:insert(2, raw("<figcaption>"))
  out:insert(5, raw("</figcaption>"))
  out:insert(raw("</figure>"))
  return out
end

-- References and headings -------------------------------------------------------------------------------------

local function marks(checks)
  return function(div)
    local key = div.identifier:match("^ref%-(.+)$")
    local text = key and checks[key]
    local last = text and div.content[#div.content]
    if not last then return nil end
    last.content:insert(pandoc.Space())
    last.content:insert(pandoc.Span({ pandoc.Strong(pandoc.utils.stringify(text)) }, pandoc.Attr("", { "to-check" })))
    return div
  end
end

local function reference_list(div)
  if div.identifier ~= "refs" or not typst then return nil end
  return { raw("#reference-list["), div, raw("]") }
end

-- APA writes "Huang and Goo (2009)" in the sentence and "(Huang & Goo, 2009)" in brackets; citeproc has one form.
local function narrative(cite)
  if cite.citations[1].mode ~= "AuthorInText" then return nil end
  for at, inline in ipairs(cite.content) do
    if inline.t == "Str" and inline.text:match("^%(") then break end
    if inline.t == "Str" and inline.text == "&" then cite.content[at] = pandoc.Str("and") end
  end
  return cite
end

local PAGE_BREAK = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'

local STAY = "#let exhibit-figure = exhibit-here" -- an appendix is its exhibits: nothing floats

local function heading(double)
  return function(header)
    local appendix = header.classes:includes("appendix-heading")
    local new_page = appendix or header.classes:includes("references-heading")
    if FORMAT:match("^html") then header.level = header.level + 1 end
    if not new_page or not double then return header end
    if typst then return { raw("#pagebreak(weak: true)"), header, appendix and raw(STAY) or nil } end
    if docx then return { raw(PAGE_BREAK), header } end
    header.classes:insert("new-page")
    return header
  end
end

local function title_page(meta)
  local lines = pandoc.List()
  for _, name in ipairs({ "institution", "course", "instructor", "shown-date" }) do
    if meta[name] then lines:insert(styled("Author", { pandoc.Para({ pandoc.Str(pandoc.utils.stringify(meta[name])) }) })) end
  end
  lines:insert(styled("Body Title", { pandoc.Para({ pandoc.Str(pandoc.utils.stringify(meta.title)) }) }))
  return lines
end

-- The text that the fonts must be able to show, for the caller to check; mathematics and pictures are raw by now.
local function write_text(blocks)
  local file = assert(io.open("text.txt", "wb"))
  local function write(block) file:write(pandoc.utils.stringify(block), "\n") end
  blocks:walk({ Plain = write, Para = write, Header = write, CodeBlock = write, LineBlock = write })
  file:close()
end

local function set_divs(div)
  return exhibit(div) or reference_list(div)
end

function Pandoc(doc)
  local meta = doc.meta
  local double = meta.spacing and pandoc.utils.stringify(meta.spacing) == "double"
  local blocks = doc.blocks:walk({
    Cite = narrative, Code = equation, Image = picture,
    Header = heading(double), Div = marks(meta["to-check"] or {}),
  })
  if docx then blocks = blocks:walk({ Para = equation_paragraph }) end
  if typst then write_text(blocks) end
  if typst then
    blocks = count_exhibits(blocks)
    mark_before(blocks)
  end
  blocks = blocks:walk({ Div = set_divs, Table = set_table })
  if docx then blocks = title_page(meta) .. blocks end
  if faulty then error("casebook-faults") end
  meta["to-check"] = nil
  for _, name in ipairs({ "bibliography", "csl", "link-citations", "pagetitle", "shown-date", "spacing" }) do
    if docx then meta[name] = nil end -- Word would keep them as properties, a path of this machine among them
  end
  doc.blocks = blocks
  return doc
end
