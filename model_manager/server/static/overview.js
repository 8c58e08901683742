// Overview: where the money goes, what fails or is slow, who wins, and what ends next.

import { ask, read, Refusal, withQuery } from "./api.js";
import { armsPanel } from "./arms.js";
import { chart } from "./charts.js";
import { duration, h, plural, problemBox, swap } from "./dom.js";
import { compared, labels, nameOf, percent, seconds, spent } from "./formats.js";
import { callTable, modelTable, OTHERS, taskTable } from "./tables.js";
import { alarms, BEFORE, nothing, RANGES, tileList } from "./tiles.js";

const WHEN = { "24h": "in 24 hours", "7d": "in 7 days", "30d": "in 30 days", month: "this month" };
/** The clock moves on where no call does. */
const REFRESH_MS = 60_000;

export function overviewView(root, shared) {
  let range = localStorage.getItem("overview-range");
  if (!Object.hasOwn(RANGES, range)) range = "7d";
  let found = null;
  let budgets = null;
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
  const zone = h("span", { class: "quiet zone" });
  const message = h("div");
  const tiles = h("div", { class: "tiles" }, h("p", { class: "quiet waiting" }, "Reading the ledger\u2026"));
  const news = h("div", { class: "alarms" });
  const cost = chart({ kind: "stack", title: "Cost by task", legend: false });
  const latency = chart({ kind: "lines", title: "Time of answers" });
  const failures = chart({ kind: "bars", title: "Failed calls" });
  const tasks = h("div");
  const models = h("section");
  const arms = armsPanel();
  const calls = h("section");
  const charts = h("div", { class: "charts" },
    h("div", { class: "with-table" }, cost.element, tasks), h("div", { class: "pair" }, latency.element, failures.element),
    models, arms.element, calls);
  const empty = h("div", { hidden: true });
  root.append(h("div", { class: "title-row" }, h("h1", { id: "title-overview" }, "Overview"), zone, picker), message, tiles, news, empty, charts);
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
      charts.hidden ||= !found; // frames without numbers would look like none
      if (!found) swap(tiles);
      root.setAttribute("aria-busy", "false");
      if (error.problem.kind !== "auth" && !shared.state.isBroken) swap(message, problemBox(error.problem, load));
    } finally {
      isBusy = false;
      if ((isStale || asked !== range) && !root.hidden) load();
    }
  }

  function draw() {
    const { state } = found.ledger;
    swap(tiles, tileList(found, budgets, range, shared.state));
    zone.textContent = `Times: ${found.timezone}`;
    const isEmpty = state !== "recording";
    charts.hidden = isEmpty;
    news.hidden = isEmpty;
    empty.hidden = !isEmpty;
    if (isEmpty) {
      swap(empty, nothing(found.ledger, shared.state.tasks?.[0]?.task ?? "chat"));
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
    const ends = [...found.periods.slice(1).map((period) => period.start), found.until];
    const periods = found.periods.map((period, index) => ({ ...labels(period.start, ends[index], found.period_hours), extra: null }));
    const nothing = "no calls";
    const each = found.period_hours === 24 ? "day" : found.period_hours === 1 ? "hour" : `${found.period_hours} hours`;
    const change = compared(found.totals.cost_usd, found.before?.cost_usd, BEFORE[range]);
    cost.update({
      periods, nothing, format: spent,
      summary: `${spent(found.totals.cost_usd)} ${WHEN[range]}${change && `, ${change}`}. US dollars per ${each}.`,
      series: found.tasks.map((task, place) => ({
        name: nameOf(task), tone: task.others ? OTHERS : place, values: found.periods.map((period) => period.costs_by_task[place]),
      })),
    });
    const times = (name) => found.periods.map((period) => period.latency_ms[name]);
    const { latency_ms: all, ttft_ms: first } = found.totals;
    latency.update({
      periods, nothing, format: (value, step) => (step ? seconds(value, step) : duration(value)),
      summary: all.p50 === null ? "No answers." : `Half within ${duration(all.p50)}, 95 of 100 within ${duration(all.p95)}${first.p50 === null ? "" : `; first text within ${duration(first.p50)}`}. Per ${each}.`,
      series: [
        { name: "p50", tone: 0, values: times("p50") },
        { name: "p95", tone: 1, dashed: true, values: times("p95") },
      ],
    });
    const kinds = found.errors.filter((one) => one.error !== "cancelled").map((one) => `${one.error} ${one.calls.toLocaleString("en")}`);
    failures.update({
      periods: periods.map((period, index) => ({ ...period, extra: found.periods[index].calls ? `${found.periods[index].failed.toLocaleString("en")} of ${plural(found.periods[index].calls, "call")}` : null })),
      nothing: "none failed", format: percent, least: 0.01,
      summary: `${kinds.length ? kinds.slice(0, 5).join(", ") : "None"}. Share of calls per ${each}.`,
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

/** Where the budgets stand; null where the server cannot tell. */
async function standings() {
  try {
    return (await ask("GET", "api/ai/budgets")).document.budgets ?? [];
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return null;
  }
}
