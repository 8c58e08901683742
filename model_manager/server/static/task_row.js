// A task in the list: one line of what matters, and all the rest below it when somebody opens it.

import { tiers } from "./chain.js";
import { duration, findings, h, plural, swap, usd } from "./dom.js";
import { routePanel } from "./explain.js";
import { percent } from "./formats.js";
import { parseRoute, routePicture } from "./routes.js";

const WORDS = { error: "Error", warning: "Warning", fine: "OK" };

/** The worst that is wrong with a task: "error", "warning" or "fine". */
export function severityOf(task) {
  return ["error", "warning"].find((severity) => task.problems.some((item) => item.severity === severity)) ?? "fine";
}

/** The row of a task: `edit` opens its editor, `opened` is told when the rest is shown or hidden, `show` leads elsewhere. */
export function taskRow(name, { edit, opened, show }) {
  let shown = "";
  let why = null;
  let present = null;
  const [id, moreId] = [`task-${name}`, `rest-of-${name}`]; // no name of a task can make two alike
  const toggle = h("button", { type: "button", class: "disclose", "aria-expanded": "false", "aria-controls": moreId, "data-key": `open-${name}`,
    onclick: () => set(more.hidden, true) }, name);
  const purpose = h("p", { class: "quiet" });
  const route = h("div", { class: "task-route" });
  const cost = h("div", { class: "task-cost" });
  const state = h("div", { class: "task-state" });
  const verb = document.createTextNode("");
  const change = h("button", { type: "button", "data-key": `change-${name}`, onclick: () => edit(present) }, verb, h("span", { class: "visually-hidden" }, ` ${name}`));
  const news = h("p", { class: "news", role: "status" });
  const facts = h("div");
  const place = h("div");
  const more = h("div", { class: "task-more", id: moreId, hidden: true }, facts, place);
  const element = h("article", { "aria-labelledby": id },
    h("div", { class: "task-line" }, h("div", { class: "task-name" }, h("h2", { id }, toggle), purpose), route, cost, state, change), news, more);

  function set(isOpen, isNews) {
    more.hidden = !isOpen;
    toggle.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) explain();
    if (isNews) opened(name, isOpen);
  }

  function explain() {
    if (!why) {
      why = routePanel(present);
      place.append(why.element);
    }
    why.update(present);
  }

  return {
    element,
    open() {
      if (more.hidden) set(true, false);
    },
    tell(text) {
      news.classList.toggle("off", text.startsWith("Not in effect"));
      swap(news, text);
    },
    update(task, given) {
      present = task;
      const key = JSON.stringify([task, given]);
      if (key === shown) return;
      shown = key;
      const worst = severityOf(task);
      element.className = `task ${worst}`;
      swap(purpose, task.purpose ?? "");
      purpose.hidden = !task.purpose;
      swap(route, task.route ? routePicture(task.route) : h("span", { class: "quiet" }, "no model"), h("p", { class: "quiet source" }, task.source ? task.source.text : "not set"), hiddenBy(task));
      swap(cost, money(task, given));
      swap(state, status(task, worst));
      verb.data = given.isReadOnly ? "Try a change" : "Change";
      swap(facts, rest(task, show));
      if (!more.hidden) explain();
    },
  };
}

/** What a file has and the environment overrides: it is there, and not in effect. */
function hiddenBy(task) {
  if (task.source?.kind !== "environment") return null;
  const lost = task.shadowed.find((item) => item.source.kind === "file");
  return lost ? h("p", { class: "hidden-value" }, "Not in effect: ", h("code", {}, lost.value), ` from ${lost.source.text}`) : null;
}

function money(task, { sum, most }) {
  if (task.monthly_usd === null) return h("span", { class: "quiet", title: task.profile ? null : "The task has no profile" }, "cost unknown");
  const bar = h("div", { class: "bar" });
  bar.style.inlineSize = `${most ? ((task.monthly_usd / most) * 100).toFixed(2) : 0}%`;
  return [
    h("span", { class: "money", title: "US dollars in 30 days, by the task's profile" }, `${usd(task.monthly_usd)} per month`),
    sum ? h("span", { class: "quiet" }, ` ${percent(task.monthly_usd / sum)} of all`) : null,
    h("div", { class: "track", "aria-hidden": "true" }, bar),
  ];
}

function status(task, worst) {
  const first = task.problems.find((item) => item.severity === worst);
  const others = task.problems.filter((item) => item.severity !== "info").length - 1;
  if (!first) return h("span", { class: "status fine" }, WORDS.fine);
  return [h("strong", { class: `status ${worst}` }, `${WORDS[worst]}: `), first.message, others > 0 ? h("span", { class: "quiet" }, `, and ${others} more`) : null];
}

function rest(task, show) {
  const models = [...new Set((parseRoute(task.route ?? "") ?? []).flat().map((one) => one.name))].filter((one) => one !== "auto");
  return [
    task.problems.length > 1 || task.problems.some((item) => item.severity === "info") ? findings(task.problems) : null,
    h("dl", {},
      h("dt", {}, "Route"), h("dd", {}, task.route ? h("code", {}, task.route) : "none"),
      task.model && task.model !== task.route ? [h("dt", {}, "Model"), h("dd", {}, h("code", {}, task.model))] : null,
      h("dt", {}, "Variable"), h("dd", {}, h("code", {}, task.env)),
      task.shadowed.length
        ? [h("dt", {}, "Not in effect"), h("dd", {}, h("ul", { class: "plain-list" }, task.shadowed.map((item) => h("li", {}, h("code", {}, item.value), ` (${item.source.text})`))))]
        : null,
      task.requires.length ? [h("dt", {}, "Requires"), h("dd", {}, task.requires.join(", "))] : null,
      Object.entries(task.preferences).map(([name, text]) => [h("dt", {}, `Preference ${name}`), h("dd", {}, routePicture(text))]),
      task.auto ? [h("dt", {}, "auto"), h("dd", {}, tiers(task.auto))] : null,
      task.measured ? [h("dt", {}, "Measured"), h("dd", {}, measured(task.measured))] : null),
    task.measured?.profile_toml
      ? h("details", {}, h("summary", {}, task.profile ? "The profile is off by a factor of two" : "A profile by what was measured"),
        h("p", { class: "help" }, task.profile ? "What was measured, to put in its place in models.toml:" : "To add to models.toml:"), h("pre", {}, task.measured.profile_toml.trimEnd()))
      : null,
    h("div", { class: "actions" },
      models.length ? h("button", { type: "button", onclick: () => show("test", models) }, models.length > 1 ? "Test its models" : "Test its model") : null,
      task.profile ? h("button", { type: "button", onclick: () => show("costs", undefined, { task: task.task }) }, "Compare its cost") : null),
  ];
}

/** What a task really did: money first, beside the estimate of its profile above. */
function measured(found) {
  const { p50, p95 } = found.latency_ms;
  return [
    `${usd(found.monthly_usd)} per month`,
    found.unpriced_calls ? ` (without ${plural(found.unpriced_calls, "call")} of unknown price)` : "",
    `, ${found.calls_per_day.toLocaleString("en")} ${found.calls_per_day === 1 ? "call" : "calls"} per day`,
    p50 === null ? "" : `, p50 ${duration(p50)}, p95 ${duration(p95)}`,
  ].join("");
}
