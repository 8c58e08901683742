// Tables of figures. On a narrow screen each row becomes a block of named values: nothing is out of sight.

import { h, plural, tokens } from "./dom.js";
import { amount, moment, nameOf, percent, spent, time } from "./formats.js";

/** The colour of what is not one task. */
export const OTHERS = 6;
/** More models than anybody compares by eye; a catalogue may have thousands. */
const MOST_MODELS = 50;

/**
 * A table; columns are numbers, but for those named in `texts`. It has the roles of a table in words too: browsers
 * forget them where its rows are laid out as blocks.
 */
export function dataTable(caption, headers, rows, texts = [headers[0]]) {
  const kind = (index) => (texts.includes(headers[index]) ? "text" : "number");
  const head = headers.map((header, index) => h("th", { scope: "col", role: "columnheader", class: kind(index) }, header));
  const line = (cells) => h("tr", { role: "row" }, cells.map((cell, index) => (index
    ? h("td", { role: "cell", class: kind(index), "data-label": headers[index] }, cell)
    : h("th", { scope: "row", role: "rowheader", class: kind(index) }, cell))));
  return h("table", { class: "compact", role: "table" }, h("caption", { class: "visually-hidden" }, caption),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head)),
    h("tbody", { role: "rowgroup" }, rows.length ? rows.map(line)
      : h("tr", { role: "row" }, h("td", { role: "cell", colspan: headers.length, class: "quiet text" }, "No calls in this time."))));
}

/** A table in a place of its own that scrolls if it must, and keeps the focus when it is drawn anew. */
export function grid(label, headers, rows, texts) {
  return h("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0", "data-key": label }, dataTable(label, headers, rows, texts));
}

/** The tasks of the chart, which it is the legend of. */
export function taskTable(found) {
  const total = found.tasks.reduce((sum, task) => sum + (task.cost_usd ?? 0), 0);
  return grid("Tasks by cost", ["Task", "Cost", "Share", "Calls", "p95"], found.tasks.map((task, place) => [
    [h("span", { class: `swatch tone-${task.others ? OTHERS : place}`, "aria-hidden": "true" }), nameOf(task)],
    amount(task), total && task.cost_usd !== null ? percent(task.cost_usd / total) : "", task.calls.toLocaleString("en"), time(task.latency_ms.p95),
  ]));
}

/** The models beside each other: those that cost most, and those that have become worse. */
export function modelTable(found) {
  const worse = new Set(found.problems.map((problem) => problem.model));
  const shown = found.models.filter((model, place) => place < MOST_MODELS || worse.has(model.model));
  const more = found.models.length - shown.length;
  return [h("h2", {}, "Models"), grid("Models compared", ["Model", "Cost", "Calls", "Failed", "Retries", "p50", "p95", "First text", "Tokens/s"],
    shown.map((model) => [
      [h("code", {}, model.model), worse.has(model.model) ? h("span", { class: "badge retired" }, "worse") : null],
      amount(model), model.calls.toLocaleString("en"), model.calls ? percent(model.failed / model.calls) : "", model.retries ? model.retries.toLocaleString("en") : "",
      time(model.latency_ms.p50), time(model.latency_ms.p95), time(model.ttft_ms.p50), model.tokens_per_second === null ? "" : Math.round(model.tokens_per_second).toLocaleString("en"),
    ])), more ? h("p", { class: "quiet" }, `and ${plural(more, "model")} that cost less: model-manager usage --by model`) : null];
}

/** The latest calls. */
export function callTable(found) {
  return [h("h2", {}, "Latest calls"), grid("Latest calls", ["When", "Task", "Model", "Outcome", "Tokens in", "Tokens out", "Cost", "Took"],
    found.calls.map((call) => [
      h("time", { datetime: call.at }, moment(call.at, found.timezone, { second: "2-digit" })),
      call.task ?? "\u2013", h("code", {}, call.model),
      h("span", { class: call.outcome === "ok" ? "state good" : "state bad" }, call.outcome === "ok" ? "ok" : call.error_kind ?? call.outcome, call.kind === "chat" ? "" : ` (${call.kind})`),
      call.usage.input_tokens === null ? "" : tokens(call.usage.input_tokens), call.usage.output_tokens === null ? "" : tokens(call.usage.output_tokens),
      call.cost_usd === null && call.outcome !== "ok" ? "" : spent(call.cost_usd), time(call.latency_ms),
    ]), ["When", "Task", "Model", "Outcome"])];
}
