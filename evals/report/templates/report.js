"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const body = document.getElementById("cases");
const form = document.getElementById("filters");

// Every text of a model or a case goes in as text: `el` never reads markup.
function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
  for (const child of children.flat(Infinity)) if (child !== null && child !== undefined) node.append(child);
  return node;
}

function faults(each) {
  return Object.entries(each.scores).filter(([, score]) => score[1]).map(([name]) => name);
}

function differs(each) {
  if (!each.old) return true;
  if (each.old.said !== each.said || each.old.decision !== each.decision) return true;
  if (JSON.stringify(each.old.answers) !== JSON.stringify(each.turns.map((turn) => turn.answer))) return true;
  return Object.entries(each.old.scores).some(([name, score]) =>
    name in each.scores && (each.scores[name][1] !== score[1] || Math.abs(each.scores[name][0] - score[0]) > 1e-9));
}

function wanted(each) {
  const chosen = new FormData(form);
  const scorer = chosen.get("scorer");
  const found = faults(each).filter((name) => !scorer || name === scorer);
  if (chosen.get("task") && each.task !== chosen.get("task")) return false;
  if (chosen.get("tag") && !each.tags.includes(chosen.get("tag"))) return false;
  if (scorer && !(scorer in each.scores)) return false;
  if (chosen.get("failed") && !found.length && !each.missing) return false;
  if (chosen.get("unplanned") && !found.some((name) => !each.plants.includes(name)) && !each.missing) return false;
  if (chosen.get("changed") && !differs(each)) return false;
  const words = (chosen.get("words") || "").toLowerCase().trim();
  return !words || text(each).includes(words);
}

function text(each) {
  each.text = each.text || [each.id, each.said, each.decision, ...each.turns.flatMap((turn) => [turn.prompt, turn.answer])]
    .join("\n").toLowerCase();
  return each.text;
}

function row(each) {
  const marks = faults(each).map((name) => el("span", { class: "fault" + (each.plants.includes(name) ? " planted" : "") }, name));
  const before = !each.old ? "new" : differs(each) ? "differs" : "same";
  const line = el("tr", { class: "case", tabindex: "0" },
    el("td", {}, el("span", { class: "id" }, each.id), el("span", { class: "tags" }, each.tags.join(" · "))),
    el("td", {}, each.said),
    el("td", {}, each.decision),
    el("td", {}, marks.length ? marks : el("span", { class: "soft" }, each.missing ? "not recorded" : "none")),
    el("td", { class: before === "differs" ? "loss" : "soft" }, before));
  const open = () => {
    const next = line.nextElementSibling;
    if (next && next.classList.contains("detail")) next.remove();
    else line.after(el("tr", { class: "detail" }, el("td", { colspan: "5" }, detail(each))));
  };
  line.addEventListener("click", open);
  line.addEventListener("keydown", (event) => { if (event.key === "Enter") open(); });
  return line;
}

function detail(each) {
  const turns = each.turns.map((turn, at) => el("div", { class: "sides" },
    el("div", { class: "side" }, el("h3", {}, at ? "asked next" : "asked"), el("pre", {}, turn.prompt)),
    el("div", { class: "side" },
      el("h3", {}, "answered ", el("span", { class: "badge" }, turn.source), " " + taken(turn)),
      answer(turn.answer, each.old ? each.old.answers[at] : undefined))));
  return [...turns, changes(each), scores(each)];
}

function taken(turn) {
  if (turn.source === "authored") return "no model: no tokens, dollars or seconds";
  const cost = turn.usd === null ? "cost unknown" : "$" + turn.usd.toFixed(5);
  return `${turn.model} · ${turn.in} tokens in, ${turn.out} out · ${cost} · ${turn.seconds === null ? "?" : turn.seconds.toFixed(2)} s`;
}

function answer(now, before) {
  const fresh = fields(now), old = before === undefined ? null : fields(before);
  if (!fresh) return el("pre", {}, now || "(empty)");
  return el("dl", { class: "answer" }, Object.entries(fresh).map(([name, value]) =>
    [el("dt", {}, name.replaceAll("_", " ")), el("dd", {}, old && name in old ? words(old[name], value) : value)]));
}

const ORDER = ["verdict", "confidence", "rationale", "risk_narrative", "risk_factors", "catalysts", "exit_plan"];

function ordered(answer) {
  const place = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  return Object.entries(answer).sort(([a], [b]) => place(a) - place(b));
}

function fields(said) {
  try {
    const flat = {};
    for (const [name, value] of ordered(JSON.parse(said)))
      if (value && typeof value === "object" && !Array.isArray(value))
        for (const [inner, each] of Object.entries(value)) flat[`${name}: ${inner}`] = String(each);
      else flat[name] = Array.isArray(value) ? value.join("; ") || "(none)" : String(value);
    return flat;
  } catch { return null; }
}

// What differs between two texts, word by word (longest common subsequence).
function words(before, now) {
  if (before === now) return now;
  const a = before.split(/(\s+)/), b = now.split(/(\s+)/);
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  const parts = [];
  let i = 0, j = 0;
  while (i < a.length || j < b.length)
    if (i < a.length && j < b.length && a[i] === b[j]) { parts.push(a[i]); i++; j++; }
    else if (j < b.length && (i === a.length || common[i][j + 1] >= common[i + 1][j])) parts.push(el("ins", {}, b[j++]));
    else parts.push(el("del", {}, a[i++]));
  return parts;
}

function changes(each) {
  if (!each.old || !differs(each)) return null;
  const told = [];
  if (each.old.said !== each.said) told.push(["answer", each.old.said, each.said]);
  if (each.old.decision !== each.decision) told.push(["decision", each.old.decision, each.decision]);
  for (const [name, score] of Object.entries(each.old.scores))
    if (name in each.scores && each.scores[name][0] !== score[0]) told.push([name, score[0], each.scores[name][0]]);
  return el("table", { class: "scores" }, told.map(([name, was, is]) =>
    el("tr", {}, el("th", {}, name), el("td", { class: "soft" }, "baseline " + was), el("td", { class: "loss" }, "now " + is))));
}

function scores(each) {
  return el("table", { class: "scores" }, Object.entries(each.scores).map(([name, [value, fault, note]]) =>
    el("tr", {}, el("th", {}, name), el("td", { class: "n" }, Number(value.toPrecision(4)).toString()),
      el("td", { class: fault ? "fault" + (each.plants.includes(name) ? " planted" : "") : "soft" }, fault ? "fault" : "fine"),
      el("td", { class: "soft" }, note))));
}

function show() {
  const chosen = data.cases.filter(wanted);
  body.replaceChildren(...chosen.map(row));
  document.getElementById("count").textContent = `${chosen.length} of ${data.cases.length} cases`;
}

form.addEventListener("input", show);
form.addEventListener("submit", (event) => event.preventDefault());
for (const link of document.querySelectorAll("[data-scorer]"))
  link.addEventListener("click", () => {
    form.elements.scorer.value = link.dataset.scorer;
    form.elements.failed.checked = true;
    show();
    form.scrollIntoView({ behavior: "smooth" });
  });
show();
if (location.hash) { const found = data.cases.findIndex((each) => each.id === location.hash.slice(1)); if (found >= 0) body.rows[found].click(); }
