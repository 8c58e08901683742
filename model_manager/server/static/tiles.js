// The top of the overview: what is spent, called and failed, budgets, the next retirement, and what needs attention.

import { findings, h, plural, problemBox } from "./dom.js";
import { amount, compared, moment, percent, spent } from "./formats.js";

export const RANGES = { "24h": "24 hours", "7d": "7 days", "30d": "30 days", month: "this month" };
export const BEFORE = { "24h": "the 24 hours before", "7d": "the 7 days before", "30d": "the 30 days before", month: "as many days before" };
/** Why there are no numbers. */
const UNKNOWN = { off: "not recorded", unreadable: "cannot be read" };
const MOST_BUDGETS = 3;

/** The tiles; `budgets` are null where the server cannot tell. */
export function tileList(found, budgets, range, state) {
  const { today, month, totals, before } = found;
  const unknown = UNKNOWN[found.ledger.state];
  if (unknown) {
    const names = ["Spent today", "Spent this month", `Calls, ${RANGES[range]}`, `Failed, ${RANGES[range]}`];
    return [...names.map((name) => tile(name, "\u2013", [unknown])), retirement(state)];
  }
  const of = (...periods) => standings((budgets ?? []).filter((budget) => periods.includes(budget.per)), found.timezone);
  const share = totals.calls ? totals.failed / totals.calls : null;
  const earlier = before?.calls ? `${percent(before.failed / before.calls)} in ${BEFORE[range]}` : "";
  return [
    tile("Spent today", amount(today), [plural(today.calls, "call"), unpriced(today)], of("day")),
    tile("Spent this month", amount(month),
      [`about ${spent(found.projected_month_usd)} by its end`, unpriced(month), budgets && !budgets.length ? "no budget set" : ""], of("week", "month")),
    tile(`Calls, ${RANGES[range]}`, totals.calls.toLocaleString("en"), [compared(totals.calls, before?.calls, BEFORE[range])]),
    tile(`Failed, ${RANGES[range]}`, share === null ? "\u2013" : percent(share),
      [share === null ? "no calls" : `${totals.failed.toLocaleString("en")} of ${plural(totals.calls, "call")}`, earlier, totals.retries ? `${plural(totals.retries, "request")} sent again` : ""]),
    retirement(state),
  ];
}

function tile(name, value, notes, more = [], kind = "") {
  return h("section", { class: `tile ${kind}` }, h("h2", {}, name), h("p", { class: "figure-value" }, value),
    notes.filter(Boolean).map((note) => h("p", { class: "quiet" }, note)), more);
}

function unpriced(figures) {
  return figures.unpriced_calls ? `+?: ${plural(figures.unpriced_calls, "call")} of unknown price` : "";
}

/** The budgets that are used up most, and how many more there are. */
function standings(budgets, zone) {
  const sorted = budgets.map((budget) => [budget, budget.limit_usd ? budget.spent_usd / budget.limit_usd : 1]).sort(([, one], [, other]) => other - one);
  const more = sorted.length - MOST_BUDGETS;
  return [...sorted.slice(0, MOST_BUDGETS).map(([budget, share]) => standing(budget, share, zone)),
    more > 0 ? h("p", { class: "quiet" }, `and ${plural(more, "more budget")}`) : null];
}

/** A budget: a bar of what is spent, and in words how far it is. Its days are those of UTC. */
function standing(budget, share, zone) {
  const bar = h("div", { class: `bar ${budget.state}` });
  bar.style.inlineSize = `${Math.min(share * 100, 100).toFixed(1)}%`;
  const word = { ok: "", warn: ", near its limit", exceeded: ", exceeded" }[budget.state] ?? "";
  return h("div", { class: "budget" },
    h("p", {}, h("strong", {}, budget.name), ` ${spent(budget.spent_usd)} of ${spent(budget.limit_usd)} a ${budget.per}${zone === "UTC" ? "" : " (UTC)"}${word}`),
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

/** What needs attention, the worst first. */
export function alarms(found, budgets) {
  const { unpriced_calls: unknown, estimated_calls: estimated } = found.totals;
  const list = [
    ...(budgets ?? []).filter((budget) => budget.state !== "ok").map((budget) => budgetAlarm(budget, found.timezone)),
    ...found.problems,
    ...(found.unrecorded_calls ? [{ severity: "warning", message: `${plural(found.unrecorded_calls, "call")} could not be recorded and ${found.unrecorded_calls === 1 ? "is" : "are"} in no number here` }] : []),
    ...(unknown ? [{ severity: "info", message: `${plural(unknown, "call")} of unknown price, in no sum (+?). Once the catalogue has the price: model-manager usage --reprice` }] : []),
    ...(estimated ? [{ severity: "info", message: `${plural(estimated, "call")} with estimated tokens` }] : []),
  ];
  const weights = { error: 0, warning: 1, info: 2 };
  list.sort((one, other) => weights[one.severity] - weights[other.severity]);
  return findings(list) ?? h("p", { class: "quiet" }, "No model has become worse than in its own week.");
}

function budgetAlarm(budget, zone) {
  const isOver = budget.state === "exceeded";
  return {
    severity: isOver ? "error" : "warning",
    message: `Budget ${budget.name} is ${isOver ? "exceeded" : "near its limit"}: ${spent(budget.spent_usd)} of ${spent(budget.limit_usd)} spent, ${spent(budget.projected_usd)} expected by ${moment(budget.resets, zone)}`,
  };
}

/** What stands in the place of the numbers where there are none: why, and what to do. */
export function nothing(ledger, task) {
  if (ledger.state === "unreadable") return problemBox({ detail: ledger.message, hint: ledger.hint ?? "Nothing of the ledger can be shown until it can be read." });
  if (ledger.state === "off") {
    return h("div", { class: "empty" }, h("p", {}, h("strong", {}, "Calls are not recorded.")), h("p", {}, `${ledger.message}. Remove the variable from the server\u2019s and the applications\u2019 environment to record them.`));
  }
  return h("div", { class: "empty" }, h("p", {}, h("strong", {}, "No calls are recorded yet.")),
    h("p", {}, "Calls get here when an application makes them; this page updates by itself:"),
    h("pre", {}, `from model_manager import AIService\n\nwith AIService() as service:\n    print(service.chat(${JSON.stringify(task)}, "Hello").text)`),
    h("p", {}, "Live tests count too, on the page Test or with ", h("code", {}, "model-manager test"), "."),
    h("p", { class: "quiet" }, "Recorded are times, tokens, costs and errors, never a prompt or an answer; in ", h("code", {}, ledger.path), "."));
}
