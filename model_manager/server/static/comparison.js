// A live test at a glance: the time to the first token, the whole time and the cost of each model, as three columns of bars.

import { barTo } from "./axis.js";
import { duration, h, swap, usd } from "./dom.js";

const COLUMNS = [
  { key: "ttft_ms", name: "Time to first token", write: duration, praise: "first" },
  { key: "latency_ms", name: "Whole time", write: duration, praise: "fastest" },
  { key: "cost_usd", name: "Cost per call", write: usd, praise: "cheapest" },
];

/** The table; `update` is told the rows: an `id`, the `results` so far, what is `known` early, and a word for the `state`. */
export function comparison() {
  const body = h("tbody", { role: "rowgroup" });
  const label = "Comparison of the models that were called";
  const table = h("table", { class: "chart comparison", role: "table" }, h("caption", { class: "visually-hidden" }, label),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ["Model", ...COLUMNS.map((column) => column.name)].map((name) => h("th", { scope: "col", role: "columnheader" }, name)))), body);
  const element = h("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0", hidden: true }, table);

  return {
    element,
    update(rows) {
      element.hidden = !rows.length;
      const columns = COLUMNS.map((column) => ({ ...column, values: rows.map((row) => measured(row, column.key)) }));
      const contest = rows.filter((row) => row.results.some((result) => result.ok)).length > 1;
      swap(body, rows.map((row, place) => h("tr", { role: "row" },
        h("th", { scope: "row", role: "rowheader" }, h("code", {}, row.id), h("span", { class: `state block ${row.kind}` }, row.state)),
        columns.map((column) => cell(column, place, contest && row.results.some((result) => result.ok))))));
    },
  };
}

/** The median of a measure, with its least and its most; what is told early stands in until the first result. */
function measured(row, key) {
  const done = row.results.filter((result) => result.ok || (key === "cost_usd" && result.cost_usd !== null));
  const values = done.map((result) => result[key]).filter((value) => value !== null).sort((one, other) => one - other);
  if (!values.length) return { value: row.known[key] ?? null, isEarly: true, isUnknown: done.length > 0 };
  const middle = values.length / 2;
  const value = values.length % 2 ? values[Math.floor(middle)] : (values[middle - 1] + values[middle]) / 2;
  return { value, low: values[0], high: values.at(-1), count: values.length, isUnknown: false };
}

function cell(column, place, isIn) {
  const { name, write, praise, values } = column;
  const { value, low, high, count, isEarly, isUnknown } = values[place];
  const label = { role: "cell", "data-label": name, class: "measure" };
  if (value === null) return h("td", label, h("span", { class: "quiet" }, isUnknown ? "unknown" : "\u2013"));
  const highest = Math.max(...values.map((one) => one.high ?? one.value ?? 0));
  const least = Math.min(...values.filter((one) => one.value !== null && !one.isEarly).map((one) => one.value));
  const isBest = isIn && !isEarly && value === least;
  const range = count > 1 && low !== high ? ` (${write(low)} to ${write(high)})` : "";
  const words = `${isEarly ? "about " : ""}${write(value)}`;
  const track = h("div", { class: "lane", "aria-hidden": "true" }, barTo(highest ? value / highest : 0, `${isBest ? "best" : ""} ${isEarly ? "early" : ""}`), range ? whisker(low / highest, high / highest) : null);
  return h("td", label, h("span", { class: "amount" }, isBest ? h("strong", {}, words) : words, h("span", { class: "quiet" }, range), isBest ? h("span", { class: "badge good" }, praise) : null), track);
}

/** From the least to the most of several calls. */
function whisker(low, high) {
  const drawn = h("div", { class: "whisker" });
  drawn.style.insetInlineStart = `${(low * 100).toFixed(2)}%`;
  drawn.style.inlineSize = `${((high - low) * 100).toFixed(2)}%`;
  return drawn;
}
