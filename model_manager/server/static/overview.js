// Overview: where the money goes, what fails or is slow, who wins, and what ends next.

import { ask, read, Refusal, withQuery } from "./api.js";
import { armsPanel, percent } from "./arms.js";
import { chart } from "./charts.js";
import { duration, findings, h, plural, problemBox, swap, tokens, usd } from "./dom.js";

const RANGES = { "24h": "24 hours", "7d": "7 days", "30d": "30 days", month: "this month" };
const WHEN = { "24h": "in 24 hours", "7d": "in 7 days", "30d": "in 30 days", month: "this month" };
const BEFORE = { "24h": "the 24 hours before", "7d": "the 7 days before", "30d": "the 30 days before", month: "as many days before" };
/** The clock moves on where no call does. */
const REFRESH_MS = 60_000;
/** The colour of what is not one task. */
const OTHERS = 6;

export function overviewView(root, shared) {
  let range = localStorage.getItem("overview-range");
  if (!Object.hasOwn(RANGES, range)) range = "7d";
  let found = null;
  let budgets = [];
  let latest = 0;
  let isBusy = false;
  let isStale = true;
  const picker = h("fieldset", { class: "picker", onchange: (event) => choose(event.target.value) },
    h("legend", { class: "visually-hidden" }, "Time"),
    Object.entries(RANGES).map(([value, words]) => {
      const radio = h("input", { type: "radio", name: "overview-range", value, class: "visually-hidden" });
      radio.checked = value === range;
      return h("label", {}, radio, h("span", {}, words));
    }));
  const message = h("div");
  const tiles = h("div", { class: "tiles" });
  const news = h("div", { class: "alarms" });
  const cost = chart({ kind: "stack", title: "Cost by task", legend: false });
  const latency = chart({ kind: "lines", title: "Time of answers" });
  const failures = chart({ kind: "bars", title: "Failed calls" });
  const tasks = h("div");
  const models = h("section", { "aria-labelledby": "title-by-model" });
  const arms = armsPanel();
  const calls = h("section", { "aria-labelledby": "title-calls" });
  const charts = h("div", { class: "charts" },
    h("div", { class: "with-table" }, cost.element, tasks), h("div", { class: "pair" }, latency.element, failures.element),
    models, arms.element, calls);
  const empty = h("div", { hidden: true });
  root.append(h("div", { class: "title-row" }, h("h1", { id: "title-overview" }, "Overview"), picker), message, tiles, news, empty, charts);
  setInterval(() => root.hidden || document.hidden || load(), REFRESH_MS);

  function choose(value) {
    range = value;
    localStorage.setItem("overview-range", value);
    load();
  }

  async function load() {
    if (isBusy) {
      isStale = true; // once more afterwards, however many calls come meanwhile
      return;
    }
    [isBusy, isStale] = [true, false];
    const mine = ++latest;
    const asked = range;
    try {
      const [document, standing] = await Promise.all([overview(asked), standings()]);
      if (mine !== latest || asked !== range) return;
      [found, budgets] = [document, standing];
      swap(message);
      draw();
      root.setAttribute("aria-busy", "false");
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.problem.kind !== "auth" && !shared.state.isBroken) swap(message, problemBox(error.problem, load));
    } finally {
      isBusy = false;
      if ((isStale || asked !== range) && !root.hidden) load();
    }
  }

  function draw() {
    const { state } = found.ledger;
    swap(tiles, tileList(found, budgets, range, shared.state));
    const isEmpty = state !== "recording";
    charts.hidden = isEmpty;
    news.hidden = isEmpty;
    empty.hidden = !isEmpty;
    if (isEmpty) {
      swap(empty, nothing(found.ledger));
      return;
    }
    swap(news, alarms(found, budgets));
    drawCharts();
    swap(tasks, taskTable(found));
    swap(models, modelTable(found));
    swap(calls, callTable(found));
    const split = (shared.state.tasks ?? []).filter((task) => /\+/.test(task.route ?? "")).map((task) => task.task);
    arms.update([...new Set([...split, ...found.splits])]);
  }

  function drawCharts() {
    const periods = found.periods.map((period) => ({ ...labels(period.start, found.period_hours), extra: null }));
    const nothing = "no calls";
    cost.update({
      periods, nothing, format: spent,
      summary: `${spent(found.totals.cost_usd)} ${WHEN[range]}${compared(found.totals.cost_usd, found.before?.cost_usd, BEFORE[range])}.`,
      series: found.tasks.map((task, place) => ({
        name: nameOf(task), tone: task.others ? OTHERS : place, values: found.periods.map((period) => period.costs_by_task[place]),
      })),
    });
    const times = (name) => found.periods.map((period) => period.latency_ms[name]);
    const { latency_ms: all, ttft_ms: first } = found.totals;
    latency.update({
      periods, nothing, format: (value, isAxis) => (isAxis ? seconds(value) : duration(value)),
      summary: all.p50 === null ? "No answers." : `Half within ${duration(all.p50)}, 95 of 100 within ${duration(all.p95)}${first.p50 === null ? "" : `; first text within ${duration(first.p50)}`}.`,
      series: [
        { name: "p50", tone: 0, values: times("p50") },
        { name: "p95", tone: 1, dashed: true, values: times("p95") },
      ],
    });
    failures.update({
      periods: periods.map((period, index) => ({ ...period, extra: found.periods[index].calls ? `${found.periods[index].failed.toLocaleString("en")} of ${plural(found.periods[index].calls, "call")}` : null })),
      nothing: "none failed", format: percent, least: 0.01,
      summary: found.errors.length ? `${found.errors.slice(0, 5).map((one) => `${one.error} ${one.calls.toLocaleString("en")}`).join(", ")}.` : "None.",
      series: [{ name: "Failed", tone: "bad", values: found.periods.map((period) => (period.calls ? period.failed / period.calls : null)) }],
    });
  }

  return {
    /** Calls were recorded. */
    recorded() {
      if (root.hidden) isStale = true;
      else load();
    },
    broken() {
      swap(message);
    },
    update() {
      if (!found) root.setAttribute("aria-busy", String(!shared.state.isBroken));
      if (root.hidden) return;
      if (found) swap(tiles, tileList(found, budgets, range, shared.state));
      if (!isBusy) load(); // what is on its way is as new
    },
  };
}

/** The overview in the visitor's time zone, or in the server's if that has no such zone. */
async function overview(range) {
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  try {
    return await read(withQuery("api/ai/overview", { range, timezone }));
  } catch (error) {
    if (!(error instanceof Refusal) || error.problem.kind !== "usage" || !timezone) throw error;
    return await read(withQuery("api/ai/overview", { range }));
  }
}

/** Where the budgets stand; none where the server has none. */
async function standings() {
  try {
    return (await ask("GET", "api/ai/budgets")).document.budgets ?? [];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return [];
  }
}

function tileList(found, budgets, range, state) {
  const { today, month, totals, before } = found;
  const of = (per) => budgets.filter((budget) => per.includes(budget.per)).slice(0, 3).map(standing);
  const share = totals.calls ? totals.failed / totals.calls : null;
  const earlier = before?.calls ? `${percent(before.failed / before.calls)} in ${BEFORE[range]}` : "";
  return [
    tile("Spent today", amount(today), [plural(today.calls, "call")], of(["day"])),
    tile("Spent this month", amount(month), [`about ${spent(found.projected_month_usd)} by its end`, budgets.length ? "" : "no budget set"], of(["week", "month"])),
    tile(`Calls, ${RANGES[range]}`, totals.calls.toLocaleString("en"), [compared(totals.calls, before?.calls, BEFORE[range]).replace(/^, /, "")]),
    tile(`Failed, ${RANGES[range]}`, share === null ? "\u2013" : percent(share),
      [share === null ? "no calls" : `${totals.failed.toLocaleString("en")} of ${plural(totals.calls, "call")}`, earlier, totals.retries ? `${plural(totals.retries, "request")} sent again` : ""]),
    retirement(state),
  ];
}

function tile(name, value, notes, more = [], kind = "") {
  return h("section", { class: `tile ${kind}` }, h("h2", {}, name), h("p", { class: "figure-value" }, value),
    notes.filter(Boolean).map((note) => h("p", { class: "quiet" }, note)), more);
}

/** A budget: a bar of what is spent, and in words how far it is. */
function standing(budget) {
  const share = budget.limit_usd ? budget.spent_usd / budget.limit_usd : 1;
  const bar = h("div", { class: `bar ${budget.state}` });
  bar.style.inlineSize = `${Math.min(share * 100, 100).toFixed(1)}%`;
  const word = { ok: "", warn: ", near its limit", exceeded: ", exceeded" }[budget.state] ?? "";
  return h("div", { class: "budget" },
    h("p", {}, h("strong", {}, budget.name), ` ${spent(budget.spent_usd)} of ${spent(budget.limit_usd)} a ${budget.per}${word}`),
    h("div", { class: "track", "aria-hidden": "true" }, bar));
}

/** The assigned model that ends first, of those that have an end. */
function retirement(state) {
  const name = "Next retirement";
  if (!state.catalogue) return tile(name, "\u2026", []);
  const ending = state.catalogue.models.filter((model) => model.tasks.length && model.retires).sort((one, other) => one.retires.localeCompare(other.retires));
  if (!ending.length) return tile(name, "none", ["of the models that tasks use"]);
  const [first] = ending;
  const days = Math.ceil((Date.parse(first.retires) - Date.now()) / 86_400_000);
  const when = first.status === "retired" ? `retired ${first.retires}` : `${first.retires}, in ${plural(days, "day")}`;
  return tile(name, h("code", {}, first.id), [when, `used by ${first.tasks.join(", ")}`, first.replacement ? `then ${first.replacement}` : ""], [],
    first.status === "retired" ? "error" : days <= 30 ? "warning" : "");
}

function alarms(found, budgets) {
  const list = [
    ...budgets.filter((budget) => budget.state !== "ok").map((budget) => ({
      severity: budget.state === "exceeded" ? "error" : "warning",
      message: `Budget ${budget.name}: ${spent(budget.spent_usd)} of ${spent(budget.limit_usd)} spent, ${spent(budget.projected_usd)} expected by ${when(budget.resets)}`,
    })),
    ...found.problems,
    ...(found.unrecorded_calls ? [{ severity: "warning", message: `${plural(found.unrecorded_calls, "call")} could not be recorded and ${found.unrecorded_calls === 1 ? "is" : "are"} in no number here` }] : []),
    ...(found.totals.unpriced_calls ? [{ severity: "info", message: `${plural(found.totals.unpriced_calls, "call")} of unknown price, in no sum (+?): model-manager usage --reprice` }] : []),
    ...(found.totals.estimated_calls ? [{ severity: "info", message: `${plural(found.totals.estimated_calls, "call")} with estimated tokens` }] : []),
  ];
  const weights = { error: 0, warning: 1, info: 2 };
  list.sort((one, other) => weights[one.severity] - weights[other.severity]);
  return findings(list) ?? h("p", { class: "quiet" }, "No model has become worse than in its own week.");
}

function nothing(ledger) {
  if (ledger.state === "unreadable") return problemBox({ detail: ledger.message, hint: "Nothing of the ledger can be shown until it can be read." });
  if (ledger.state === "off") {
    return h("div", { class: "empty" }, h("p", {}, h("strong", {}, "Calls are not recorded.")), h("p", {}, `${ledger.message}. Remove the variable from the server\u2019s and the applications\u2019 environment to record them.`));
  }
  return h("div", { class: "empty" }, h("p", {}, h("strong", {}, "No calls are recorded yet.")),
    h("p", {}, "Calls get here when an application makes them; this page updates by itself:"),
    h("pre", {}, 'from model_manager import AIService\n\nwith AIService() as service:\n    print(service.chat("chat", "Hello").text)'),
    h("p", {}, "Live tests count too, on the page Test or with ", h("code", {}, "model-manager test"), "."),
    h("p", { class: "quiet" }, "Recorded are times, tokens, costs and errors, never a prompt or an answer; in ", h("code", {}, ledger.path), "."));
}

function taskTable(found) {
  const total = found.tasks.reduce((sum, task) => sum + (task.cost_usd ?? 0), 0);
  return grid("Tasks by cost", ["Task", "Cost", "Share", "Calls", "p95"], found.tasks.map((task, place) => [
    [h("span", { class: `swatch tone-${task.others ? OTHERS : place}`, "aria-hidden": "true" }), nameOf(task)],
    amount(task), total && task.cost_usd !== null ? percent(task.cost_usd / total) : "", task.calls.toLocaleString("en"), time(task.latency_ms.p95),
  ]));
}

function modelTable(found) {
  const worse = new Set(found.problems.map((problem) => problem.model));
  return [h("h2", { id: "title-by-model" }, "Models"), grid("Models compared", ["Model", "Cost", "Calls", "Failed", "Retries", "p50", "p95", "First text", "Tokens/s"],
    found.models.map((model) => [
      [h("code", {}, model.model), worse.has(model.model) ? h("span", { class: "badge retired" }, "worse") : null],
      amount(model), model.calls.toLocaleString("en"), model.calls ? percent(model.failed / model.calls) : "", model.retries ? model.retries.toLocaleString("en") : "",
      time(model.latency_ms.p50), time(model.latency_ms.p95), time(model.ttft_ms.p50), model.tokens_per_second === null ? "" : Math.round(model.tokens_per_second).toLocaleString("en"),
    ]))];
}

function callTable(found) {
  return [h("h2", { id: "title-calls" }, "Latest calls"), grid("Latest calls", ["When", "Task", "Model", "Outcome", "Input", "Output", "Cost", "Took"],
    found.calls.map((call) => [
      h("time", { datetime: call.at }, new Date(call.at).toLocaleString("en", { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" })),
      call.task ?? "\u2013", h("code", {}, call.model),
      h("span", { class: call.outcome === "ok" ? "state good" : "state bad" }, call.outcome === "ok" ? "ok" : call.error_kind ?? call.outcome, call.kind === "chat" ? "" : ` (${call.kind})`),
      call.usage.input_tokens === null ? "" : tokens(call.usage.input_tokens), call.usage.output_tokens === null ? "" : tokens(call.usage.output_tokens),
      call.cost_usd === null && call.outcome !== "ok" ? "" : spent(call.cost_usd), time(call.latency_ms),
    ]), ["When", "Task", "Model", "Outcome"])];
}

/** A table in a place of its own that scrolls; columns are numbers, but for those named. */
function grid(label, headers, rows, texts = [headers[0]]) {
  const kind = (index) => (texts.includes(headers[index]) ? null : "number");
  return h("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" }, h("table", { class: "compact" },
    h("thead", {}, h("tr", {}, headers.map((header, index) => h("th", { scope: "col", class: kind(index) }, header)))),
    h("tbody", {}, rows.length
      ? rows.map((cells) => h("tr", {}, cells.map((cell, index) => h(index ? "td" : "th", { scope: index ? null : "row", class: kind(index) }, cell))))
      : h("tr", {}, h("td", { colspan: headers.length, class: "quiet" }, "No calls in this time.")))));
}

function nameOf(task) {
  return task.others ? plural(task.others, "other task") : task.task ?? "without a task";
}

/** What was spent: known costs, and a mark where some are unknown. */
function amount(figures) {
  if (figures.cost_usd === null) return "?";
  return `${spent(figures.cost_usd)}${figures.unpriced_calls ? "+?" : ""}`;
}

/** Money as people read sums: cents, or more digits of less. On an axis 0 needs none. */
function spent(cost, isAxis = false) {
  if (cost === null) return "?";
  if (cost === 0) return isAxis ? "$0" : "$0.00";
  if (isAxis || cost < 0.01) return cost >= 1 ? `$${cost.toLocaleString("en", { maximumFractionDigits: 1 })}` : usd(cost);
  return `$${cost.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** A time on an axis. */
function seconds(milliseconds) {
  if (milliseconds === 0) return "0";
  return milliseconds >= 1000 ? `${Number((milliseconds / 1000).toFixed(2))} s` : duration(milliseconds);
}

function time(milliseconds) {
  return milliseconds === null ? "" : duration(milliseconds);
}

function compared(now, before, words) {
  if (!before || now === null) return "";
  const change = now / before - 1;
  if (Math.abs(change) < 0.005) return `, as in ${words}`;
  return `, ${change > 0 ? "+" : "\u2212"}${Math.round(Math.abs(change) * 100)}% on ${words}`;
}

function when(text) {
  return new Date(text).toLocaleString("en", { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** The labels of a period, in the time zone of the report: its text has the local time. */
function labels(start, hours) {
  const local = new Date(`${start.slice(0, 19)}Z`);
  const write = (options) => local.toLocaleString("en", { timeZone: "UTC", hourCycle: "h23", ...options });
  const day = write({ month: "short", day: "numeric" });
  const weekday = write({ weekday: "short", month: "short", day: "numeric" });
  const clock = write({ hour: "2-digit", minute: "2-digit" });
  if (hours >= 24) return { short: day, long: weekday };
  const isMidnight = start.slice(11, 16) === "00:00";
  return { short: hours === 1 ? clock : isMidnight ? day : "", long: `${weekday}, ${clock}` };
}
