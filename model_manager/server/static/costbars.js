// The table of costs: a bar for each model on a common axis, free ones and unknown costs folded, and what to know of each.

import { axisHead, barTo, drawLines, linear, logarithmic } from "./axis.js";
import { h, plural, swap, times, tokens, usd } from "./dom.js";
import { spent } from "./formats.js";

const FEW = 25;
/** Rows that are added at a time. */
const PAGE = 200;
/** The limits of a model, as the API names them. */
const LIMITS = { context_window: "context", max_input: "prompt limit", max_output: "output" };
const COLUMNS = ["Model", "Cost", "Compared", "Input and output"];
/** The parts of a cost, as the API names them, and what each is for. */
const PARTS = { input_usd: "input", output_usd: "output", request_usd: "fees" };
/** Providers with a colour of their own; the others share the last one. */
const TONES = 6;

/**
 * The table. `update` is told the `rows` of the API, the cheapest first, the ids of the `reference` and of the model that is
 * at `present` in use, whether the scale `isLinear`, functions to `find` a model of the catalogue and to make a `link` to
 * it, how many models each provider has (`counts`) and its name (`nameOf`), and a `word` for the reference.
 */
export function costTable(label) {
  let given = null;
  let count = FEW;
  const open = new Set();
  const head = h("thead", { role: "rowgroup" });
  const body = h("tbody", { role: "rowgroup" });
  const table = h("table", { class: "chart costs", role: "table" }, h("caption", { class: "visually-hidden" }, label), head, body);
  const legend = h("ul", { class: "legend providers", "aria-label": "Meaning of the bars" });
  const more = h("button", { type: "button", "data-key": "more-costs", onclick: grow });
  const fewer = h("button", { type: "button", "data-key": "fewer-costs", onclick: () => { count = FEW; draw(); more.focus(); } }, "Show fewer");
  const actions = h("div", { class: "actions" }, more, fewer);
  const element = h("div", { hidden: true }, legend, h("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" }, table), actions);

  function grow() {
    const before = body.querySelectorAll(".paid").length;
    count += PAGE;
    draw();
    if (more.hidden) body.querySelectorAll(".paid")[before]?.querySelector("a")?.focus();
  }

  function draw() {
    const { rows, reference, isLinear } = given;
    const isOwn = (row) => row.model === reference;
    const isKept = (row) => isOwn(row) || row.model === given.present; // never folded, never left out
    const free = rows.filter((row) => row.cost_usd === 0 && !isKept(row));
    const unknown = rows.filter((row) => row.cost_usd === null && !isKept(row));
    const paid = rows.filter((row) => row.cost_usd || isKept(row));
    const shown = paid.filter((row, place) => place < count || isKept(row));
    const amounts = shown.map((row) => row.cost_usd).filter(Boolean);
    const [least, highest] = [Math.min(...amounts), Math.max(...amounts)];
    const axis = isLinear || !amounts.length ? linear(amounts.length ? highest : 0) : logarithmic(least, highest);
    const own = rows.find(isOwn);
    const line = own?.cost_usd ? axis.at(own.cost_usd) : null;
    drawLines(table, axis, line);
    swap(head, header(axis, line, own));
    const tone = tones(given);
    const drawn = (list, kind) => list.map((row) => drawRow(row, kind, axis, tone));
    swap(body,
      fold("free", free, `${plural(free.length, "model")} ${free.length === 1 ? "is" : "are"} free`, drawn),
      drawn(shown.slice(0, count), "paid"), gap(paid.length - shown.length, shown.length > count), drawn(shown.slice(count), "paid"),
      fold("unknown", unknown, `${plural(unknown.length, "model")} of unknown cost`, drawn));
    swap(legend, legendOf(shown, tone, given));
    const left = paid.length - shown.length;
    [more.hidden, fewer.hidden] = [!left, count <= FEW || paid.length <= FEW];
    more.textContent = left <= PAGE ? `Show all ${paid.length.toLocaleString("en")}` : `Show ${PAGE} more of ${paid.length.toLocaleString("en")}`;
    element.hidden = !rows.length;
  }

  function header(axis, line, own) {
    const step = axis.step ?? null;
    const flag = line === null ? null : { at: line, words: `${own.model} ${usd(own.cost_usd)}` };
    return h("tr", { role: "row" }, COLUMNS.slice(0, 3).map((name, place) => h("th", { scope: "col", role: "columnheader", class: place ? "number" : null }, name)),
      h("th", { scope: "col", role: "columnheader", class: "bars" }, h("span", { class: "visually-hidden" }, COLUMNS[3]),
        axisHead(axis, (value) => (step ? spent(value, step) : short(value)), flag)));
  }

  /** A row that stands for several, which a button shows. */
  function fold(key, rows, words, drawn) {
    if (!rows.length) return null;
    const isOpen = open.has(key);
    const toggle = () => {
      if (isOpen) open.delete(key);
      else open.add(key);
      draw();
    };
    const button = h("button", { type: "button", class: "fold", "aria-expanded": String(isOpen), "data-key": `fold-${key}`, onclick: toggle }, words);
    return [h("tr", { role: "row", class: "folded" }, h("td", { role: "cell", colspan: "4" }, button)), isOpen ? [drawn(rows.slice(0, PAGE), key), gap(rows.length - PAGE, true)] : null];
  }

  /** What stands where rows are left out before the reference. */
  function gap(left, isBefore) {
    return left > 0 && isBefore ? h("tr", { role: "row", class: "gap" }, h("td", { role: "cell", colspan: "4", class: "quiet" }, `\u2026 ${plural(left, "model")} not shown \u2026`)) : null;
  }

  function drawRow(row, kind, axis, tone) {
    const isOwn = row.model === given.reference;
    const model = given.find(row.model);
    const notes = remarks(model, row);
    if (row.model === given.present && !isOwn) notes.unshift({ kind: "present", text: "in use" });
    const isBeyond = row.exceeds.length > 0 || model?.status === "retired";
    const cells = [
      h("td", { role: "cell", class: "number" }, row.cost_usd === null ? "unknown" : usd(row.cost_usd)),
      h("td", { role: "cell", class: "number quiet" }, isOwn ? h("strong", {}, given.word) : times(row.relative)),
      barCell(row, axis, `tone-${tone(row.provider)}${isBeyond ? " beyond" : ""}`),
    ];
    return h("tr", { role: "row", class: `${kind} ${isOwn ? "reference" : ""}` },
      h("th", { scope: "row", role: "rowheader" }, given.link(row.model, { "data-key": `cost-${row.model}` }, h("code", {}, row.model)),
        h("span", { class: "quiet provider" }, given.nameOf(row.provider)),
        notes.map((note) => h("span", { class: `remark ${note.kind}` }, note.text))), cells);
  }

  return {
    element,
    update(fresh) {
      if (fresh.isAnew) count = FEW;
      given = fresh;
      draw();
    },
    clear() {
      element.hidden = true;
    },
  };
}

/** The bar of a cost, divided as the cost is, and its parts in words. */
function barCell(row, axis, kind) {
  const cell = h("td", { role: "cell", class: "bars" });
  if (!row.cost_usd) return cell;
  const bar = barTo(axis.at(row.cost_usd), kind);
  bar.setAttribute("aria-hidden", "true");
  const parts = partsOf(row);
  if (parts.length) {
    bar.classList.add("split");
    bar.append(...parts.map(({ name, amount }) => {
      const drawn = h("span", { class: `part ${name}` });
      drawn.style.flexGrow = String(amount / row.cost_usd);
      return drawn;
    }));
    cell.title = parts.map(({ name, amount }) => `${name} ${usd(amount)}`).join(", ");
  }
  cell.append(bar, h("span", { class: "visually-hidden" }, cell.title));
  return cell;
}

/** The parts of a cost that are more than nothing, in the order in which they are drawn. */
function partsOf(row) {
  return Object.entries(PARTS).filter(([key]) => row[key] > 0).map(([key, name]) => ({ name, amount: row[key] }));
}

/** An amount as a mark: $100, $3K, $0.01. */
function short(value) {
  return value >= 1 ? `$${value.toLocaleString("en", { notation: "compact" })}` : usd(value);
}

/** What somebody has to know before a cost is believed: limits of the model, the tier of this prompt, other hours and days. */
function remarks(model, row) {
  const list = row.exceeds.map(({ limit, tokens: most }) => ({ kind: "beyond", text: `beyond its ${LIMITS[limit]} of ${tokens(most)}` }));
  if (row.tier) {
    const { above, smaller_tokens: most, smaller_usd: smaller } = row.tier;
    list.push({ kind: "tier", text: `long-prompt price, above ${tokens(above)}${smaller === null ? "" : `; ${usd(smaller)} in prompts of at most ${tokens(most)}`}` });
  }
  if (!model) return list;
  const { price } = model;
  if (row.cost_usd === null) list.push({ kind: "", text: price ? "not all of its prices are known" : "its price is not known" });
  if (price?.peak) list.push({ kind: "", text: "another price at peak hours" });
  const change = (price?.changes ?? []).find((one) => Date.parse(one.from) > Date.now());
  if (change) list.push({ kind: "", text: `price changes ${change.from.slice(0, 10)}` });
  if (model.status === "retired") list.push({ kind: "beyond", text: `retired${model.retires ? ` ${model.retires}` : ""}` });
  else if (model.retires) list.push({ kind: "", text: `retires ${model.retires}` });
  return list;
}

/** A function from a provider to its colour: those with the most models have one, whatever is shown. */
function tones({ counts }) {
  const known = new Map([...counts].sort(([one, a], [other, b]) => b - a || one.localeCompare(other)).slice(0, TONES).map(([name], place) => [name, place]));
  return (provider) => known.get(provider) ?? TONES;
}

function legendOf(rows, tone, { nameOf }) {
  const shown = [...new Set(rows.map((row) => row.provider))].filter((one) => tone(one) < TONES).sort((one, other) => tone(one) - tone(other));
  const others = rows.some((row) => tone(row.provider) === TONES);
  const swatch = (place) => h("span", { class: `swatch tone-${place}`, "aria-hidden": "true" });
  const names = [...new Set(rows.flatMap(partsOf).map((part) => part.name))];
  const parts = Object.values(PARTS).filter((name) => names.includes(name)).map((name) => h("li", { class: "fixed" }, h("span", { class: `swatch part ${name}`, "aria-hidden": "true" }), name === "fees" ? "fees per request" : name));
  const beyond = h("li", { class: "fixed" }, h("span", { class: "swatch beyond", "aria-hidden": "true" }), "cannot take this request");
  return [parts, shown.map((one) => h("li", {}, swatch(tone(one)), nameOf(one))), others ? h("li", {}, swatch(TONES), shown.length ? "other providers" : "all providers") : null, beyond];
}
