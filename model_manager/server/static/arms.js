// The arms of tasks whose route is split: who wins, by how much, and how sure that is.

import { read, Refusal } from "./api.js";
import { interval } from "./charts.js";
import { h, plural, problemBox, swap, usd } from "./dom.js";
import { percent, time } from "./formats.js";
import { grid } from "./tables.js";

/** A comparison reads every call since the shares last changed: not at each of them, and not for every task. */
const FRESH_MS = 60_000;
const MOST = 4;
const METRICS = { cost: "Cost per call", latency: "Time of an answer", failures: "Failures" };

/** The comparisons; `update` is told the tasks, and reads them again when a minute has passed. */
export function armsPanel() {
  const list = h("div", { class: "cards wide" });
  const element = h("section", { "aria-labelledby": "title-arms", hidden: true }, h("h2", { id: "title-arms" }, "Arms"), list);
  let read_at = 0;
  let shown = "";

  return {
    element,
    async update(tasks) {
      const key = tasks.join(" ");
      if (key === shown && Date.now() - read_at < FRESH_MS) return;
      [shown, read_at] = [key, Date.now()];
      const found = await Promise.all(tasks.slice(0, MOST).map(compared));
      if (key !== shown) return;
      const cards = found.filter(Boolean);
      element.hidden = !cards.length;
      const more = tasks.length - MOST;
      swap(list, cards, more > 0 ? h("p", { class: "quiet" }, `${plural(more, "further task")} with arms: model-manager usage --arms TASK`) : null);
    },
  };
}

async function compared(task) {
  try {
    return card(await read(`api/ai/arms/${encodeURIComponent(task)}`));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { kind } = error.problem;
    if (kind === "not_found" || kind === "unknown_name" || kind === "auth") return null; // no such task any more
    return h("article", { class: "card", "aria-label": task }, h("h3", {}, task), problemBox(error.problem));
  }
}

function card(found) {
  if (!found.arms.length) return null;
  const others = found.arms.filter((arm) => arm.difference);
  const reach = Math.min(2, Math.max(0.1, ...others.flatMap((arm) => Object.keys(METRICS).map((name) => width(arm.difference[name])))));
  return h("article", { class: "card arms", "aria-label": found.task },
    h("div", { class: "card-head" }, h("h3", {}, found.task),
      h("span", { class: `badge ${found.verdict.winner ? "good" : ""}` }, found.verdict.winner ? "decided" : found.sample_ratio.ok ? "undecided" : "not comparable")),
    h("p", {}, found.verdict.text),
    found.notes.map((note) => h("p", { class: "quiet" }, `Note: ${note}`)),
    found.verdict.assign ? h("p", {}, "To end it: ", h("code", {}, `model-manager assign ${word(found.task)} ${word(found.verdict.assign)}`)) : null,
    grid(`Arms of ${found.task}`, ["Arm", "Share", "Users", "Calls", "Per call", "p50", "Failed"], found.arms.map((arm) => [
      h("code", {}, arm.arm), `${arm.percent}%`, arm.users.toLocaleString("en"), arm.calls.toLocaleString("en"), usd(arm.cost_per_call_usd),
      time(arm.latency_ms.p50), arm.calls ? percent(arm.failures / arm.calls) : "",
    ])),
    others.map((arm) => h("div", { class: "differences" },
      h("h4", {}, h("code", {}, arm.arm), " compared with ", h("code", {}, found.arms[0].arm)),
      h("p", { class: "help" }, "Left of the line is less, right of it more; at the line, no difference."),
      Object.entries(METRICS).map(([name, words]) => difference(words, arm.difference[name], reach)))));
}

/** A word as a shell reads it back. */
function word(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function difference(words, change, reach) {
  if (!change || change.relative === null || change.low === null || change.high === null) {
    return h("div", { class: "difference" }, h("span", {}, words), h("span", { class: "quiet" }, "not known yet"));
  }
  const isClear = change.clear ?? change.low * change.high > 0;
  return h("div", { class: "difference" }, h("span", {}, words), interval(change, reach, isClear ? change.relative < 0 : null),
    h("span", {}, h("strong", {}, signed(change.relative)), ` (${signed(change.low)} to ${signed(change.high)})`,
      isClear ? (change.relative < 0 ? ", less" : ", more") : ", may be chance"));
}

function width(change) {
  return change && change.low !== null && change.high !== null ? Math.max(Math.abs(change.low), Math.abs(change.high)) : 0;
}

function signed(share) {
  const percents = Math.round(share * 1000) / 10;
  return `${percents > 0 ? "+" : percents < 0 ? "\u2212" : ""}${Math.abs(percents) >= 10 ? Math.round(Math.abs(percents)) : Math.abs(percents)}%`;
}
