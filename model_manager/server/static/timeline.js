// Timeline: what ends and what changes its price, the models that tasks use first; and what was assigned.

import { addressState, addressView, changeAddress, onAddress } from "./address.js";
import { ask, Refusal } from "./api.js";
import { axisHead, drawLines, months } from "./axis.js";
import { field, h, plural, rate, swap, tick, times } from "./dom.js";
import { assignmentLog } from "./history.js";
import { modelDialog } from "./modeldialog.js";

const DAY = 86_400_000;
/** Events that are drawn at a time; a catalogue may have thousands. */
const PAGE = 100;
/** Models in use for which the server is asked what an event means for their tasks. */
const MOST_EFFECTS = 12;
const COLUMNS = ["When", "Model", "What happens", "As a timeline"];
const MARKS = { retired: "\u25a0", retirement: "\u25a0", deprecation: "\u25c6", rise: "\u25b2", fall: "\u25bc", price: "\u25cf" };
const KINDS = { retirements: ["retired", "retirement", "deprecation"], prices: ["rise", "fall", "price"] };
const NAMES = { retirement: "retires", deprecation: "is deprecated", rise: "price rises", fall: "price falls", price: "price changes" };

export function timelineView(root, shared) {
  let count = PAGE;
  let seen = [];
  const effects = new Map();
  const what = h("select", { id: "timeline-what" }, h("option", { value: "" }, "everything"), h("option", { value: "retirements" }, "retirements"), h("option", { value: "prices" }, "price changes"));
  const scope = h("select", { id: "timeline-models" }, h("option", { value: "" }, "all models"), h("option", { value: "used" }, "models in use"), h("option", { value: "ready" }, "models with a key"));
  const past = tick("what is past too", "past", false);
  const form = h("form", { class: "filters", "aria-label": "Timeline", onsubmit: (event) => event.preventDefault(), onchange: changed },
    field("Show", what), field("Models", scope), past);
  const summary = h("p", { role: "status", class: "quiet" });
  const head = h("thead", { role: "rowgroup" });
  const body = h("tbody", { role: "rowgroup" });
  const label = "Retirements and price changes by date, models in use first";
  const table = h("table", { class: "chart timeline", role: "table" }, h("caption", { class: "visually-hidden" }, label), head, body);
  const scroll = h("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" }, table);
  const empty = h("div");
  const legend = h("ul", { class: "legend", "aria-hidden": "true" }, Object.entries(NAMES).map(([kind, name]) => h("li", {}, h("span", { class: `event ${kind}` }, MARKS[kind]), ` ${name}`)));
  const more = h("button", { type: "button", hidden: true, "data-key": "more-events", onclick: () => { count += PAGE; draw(); } });
  const log = assignmentLog();
  const dialog = modelDialog(shared);
  root.append(h("h1", { id: "title-timeline" }, "Timeline"), form, summary, legend, empty, scroll, more, log.element);

  function changed() {
    count = PAGE;
    changeAddress({ what: what.value, models: scope.value, past: past.firstChild.checked ? "true" : null });
    draw();
  }

  function follow(state) {
    what.value = state.get("what") in KINDS ? state.get("what") : "";
    scope.value = ["used", "ready"].includes(state.get("models")) ? state.get("models") : "";
    past.firstChild.checked = state.get("past") === "true";
    dialog.follow(state);
    draw();
  }

  function draw() {
    const { catalogue } = shared.state;
    if (!catalogue) return;
    const now = Date.now();
    const isWanted = (event) => (!what.value || KINDS[what.value].includes(event.kind))
      && (!scope.value || (scope.value === "used" ? event.model.tasks.length : event.model.ready))
      && (event.at >= now || past.firstChild.checked || (event.kind === "retired" && event.model.tasks.length));
    const events = catalogue.models.flatMap((model) => eventsOf(model, now)).filter(isWanted);
    const groups = [
      ["Models that tasks use", events.filter((event) => event.model.tasks.length)],
      ["Other models", events.filter((event) => !event.model.tasks.length)],
    ];
    for (const [, list] of groups) list.sort((one, other) => one.at - other.at || one.model.id.localeCompare(other.model.id));
    const shown = groups.flatMap(([, list]) => list).slice(0, count);
    const days = shown.map((event) => event.at);
    const axis = months(Math.max(Math.min(now, ...days), now - 400 * DAY) - 10 * DAY, Math.min(Math.max(now + 90 * DAY, ...days), now + 730 * DAY) + 10 * DAY);
    drawLines(table, axis, axis.at(now));
    swap(head, h("tr", { role: "row" }, COLUMNS.slice(0, 3).map((name) => h("th", { scope: "col", role: "columnheader" }, name)),
      h("th", { scope: "col", role: "columnheader", class: "bars" }, h("span", { class: "visually-hidden" }, COLUMNS[3]), axisHead(axis, month, { at: axis.at(now), words: "today" }))));
    swap(body, groups.map(([name, list]) => {
      const part = list.filter((event) => shown.includes(event));
      return part.length ? [h("tr", { role: "row", class: "folded" }, h("th", { role: "rowheader", scope: "rowgroup", colspan: "4" }, name)), part.map((event) => row(event, axis, now))] : null;
    }));
    const used = groups[0][1].length;
    swap(summary, `${plural(events.length, "event")}, ${used ? `${used.toLocaleString("en")} of ${used === 1 ? "a model" : "models"} that tasks use` : "none of a model that tasks use"}.`);
    [scroll.hidden, legend.hidden] = [!events.length, !events.length];
    swap(empty, events.length ? null : h("div", { class: "empty" }, h("p", {}, h("strong", {}, "Nothing is announced.")),
      h("p", {}, "No retirement and no price change of these models is in the catalogue. ", h("code", {}, "model-manager update"), " looks for news.")));
    more.hidden = shown.length === events.length;
    more.textContent = `Show more of ${events.length.toLocaleString("en")}`;
    explain(groups[0][1].slice(0, MOST_EFFECTS));
  }

  function row(event, axis, now) {
    const { model } = event;
    const days = Math.ceil((event.at - now) / DAY);
    const near = event.kind === "retired" || (days <= 30 && model.tasks.length) ? "near" : "";
    const mark = h("span", { class: `event ${event.kind}` }, MARKS[event.kind]);
    mark.style.insetInlineStart = `${(axis.at(event.at) * 100).toFixed(2)}%`;
    return h("tr", { role: "row", class: near },
      h("th", { scope: "row", role: "rowheader" }, h("time", { datetime: event.day }, event.day), h("span", { class: "quiet block" }, away(days))),
      h("td", { role: "cell" }, dialog.link(model.id, { "data-key": `event-${event.kind}-${event.day}-${model.id}` }, h("code", {}, model.id)),
        model.tasks.length ? h("span", { class: "quiet block" }, `used by ${model.tasks.join(", ")}`) : null),
      h("td", { role: "cell" }, h("strong", {}, event.name), event.more ? h("span", { class: "block" }, event.more) : null,
        event.replacement ? h("span", { class: "block" }, "then ", h("code", {}, event.replacement)) : null,
        h("span", { class: "block meaning", "data-meaning": keyOf(event) }, effects.get(keyOf(event)) ?? "")),
      h("td", { role: "cell", class: "bars", "aria-hidden": "true" }, mark));
  }

  /** Tell what the events mean for the tasks that use their models, as soon as the server says. */
  async function explain(events) {
    const mine = seen;
    for (const event of events) {
      const key = keyOf(event);
      if (effects.has(key)) continue;
      effects.set(key, "");
      const words = (await Promise.all(event.model.tasks.map((name) => effect(event, shared.state.tasks.find((task) => task.task === name))))).filter(Boolean).join("; ");
      if (mine !== seen) return; // it was read again meanwhile
      effects.set(key, words);
      const place = body.querySelector(`[data-meaning="${CSS.escape(key)}"]`);
      if (place) place.textContent = words;
    }
  }

  onAddress("timeline", (state) => {
    if (seen.length) follow(state); // the first time, when it is shown
  });

  return {
    update() {
      const { catalogue, tasks, isBroken } = shared.state;
      root.setAttribute("aria-busy", String(!catalogue && !isBroken));
      if (!catalogue) {
        swap(summary, isBroken ? "" : "Loading the timeline\u2026");
        [scroll.hidden, legend.hidden] = [true, true];
        return;
      }
      if (catalogue === seen[0] && tasks === seen[1]) return;
      const isFirst = !seen.length;
      seen = [catalogue, tasks];
      effects.clear();
      log.update(tasks.map((task) => task.task));
      if (isFirst && addressView() === "timeline") follow(addressState());
      else draw();
    },
  };
}

/** What is announced of a model, and what is past. */
function eventsOf(model, now) {
  const list = [];
  const add = (day, kind, name, more = "", replacement = null) => list.push({ model, day: day.slice(0, 10), at: Date.parse(day), kind, name, more, replacement });
  const isGone = model.status === "retired";
  if (model.retires) add(model.retires, isGone ? "retired" : "retirement", isGone ? "Retired" : "Retires", "", model.replacement);
  if (model.deprecated && !(isGone && model.retires)) add(model.deprecated, "deprecation", Date.parse(model.deprecated) > now ? "Is deprecated" : "Deprecated");
  let before = model.price;
  for (const change of [...(model.price?.changes ?? [])].sort((one, other) => Date.parse(one.from) - Date.parse(other.from))) {
    const after = { ...before, ...change };
    add(change.from, ...changeOf(before, after));
    before = after;
  }
  return list;
}

/** The kind of a change of price, its name, and the rates before and after. */
function changeOf(before, after) {
  const names = [["input", "in"], ["output", "out"]].filter(([name]) => before[name] !== after[name]);
  const signs = names.map(([name]) => (before[name] === null || after[name] === null ? 0 : Math.sign(after[name] - before[name])));
  const more = names.map(([name, word]) => `${rate(before[name])} \u2192 ${rate(after[name])} ${word}`).join(", ") || "of tokens from the cache";
  const words = `${more} per million tokens`;
  if (signs.length && signs.every((sign) => sign > 0)) return ["rise", "Price rises", words];
  if (signs.length && signs.every((sign) => sign < 0)) return ["fall", "Price falls", words];
  return ["price", "Price changes", words];
}

/** What an event means for a task by its profile, in words; nothing where nobody can tell. */
async function effect(event, task) {
  if (!task?.profile) return null;
  const { model } = event;
  const isPrice = KINDS.prices.includes(event.kind);
  if (!isPrice && !event.replacement) return null;
  try {
    const price = async (name, on) => (await ask("POST", "api/ai/costs", { body: { task: task.task, models: [name], ...(on ? { on } : {}) } })).document.costs[0]?.cost_usd;
    const [now, then] = await Promise.all(isPrice ? [price(model.id), price(model.id, event.day)] : [price(model.id), price(event.replacement)]);
    if (!now || then === null || then === undefined) return null;
    return `for ${task.task} ${times(then / now)}`;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return null;
  }
}

function keyOf(event) {
  return `${event.kind} ${event.day} ${event.model.id}`;
}

function away(days) {
  if (days === 0) return "today";
  return days > 0 ? `in ${plural(days, "day")}` : `${plural(-days, "day")} ago`;
}

function month(moment) {
  const date = new Date(moment);
  return date.toLocaleString("en", { month: "short", timeZone: "UTC", ...(date.getUTCMonth() === 0 ? { year: "numeric" } : {}) });
}
