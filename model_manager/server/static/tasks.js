// Tasks: each with its route, where that comes from, what is wrong, and what it costs a month.

import { duration, findings, h, plural, swap, usd } from "./dom.js";
import { editTask } from "./editor.js";

export function tasksView(root, shared) {
  const list = h("div", { class: "cards" });
  const summary = h("p", { class: "quiet" });
  const news = h("p", { class: "news", role: "status" });
  let told = null;
  let editor = null;
  root.append(h("h1", { id: "title-tasks" }, "Tasks"), summary, news, list);

  function edit(task) {
    editor = editTask(task, shared, (saved) => {
      editor = null;
      if (saved) tell(task.task, saved);
      list.querySelector(`[data-key="change-${CSS.escape(task.task)}"]`)?.focus();
    });
  }

  const tagOf = (name) => shared.state.tasks.find((one) => one.task === name)?.etag;

  /** Say what was written, until it holds no more. */
  function tell(name, text) {
    told = { name, etag: tagOf(name) };
    swap(news, text);
  }

  return {
    update() {
      const { tasks, server } = shared.state;
      root.setAttribute("aria-busy", String(!tasks && !shared.state.isBroken));
      if (!tasks) {
        swap(summary, shared.state.isBroken ? "" : "Loading the tasks\u2026");
        return;
      }
      swap(summary, tasks.length ? total(tasks) : "");
      if (told && tagOf(told.name) !== told.etag) {
        told = null;
        swap(news);
      }
      swap(list, tasks.length ? tasks.map((task) => card(task, server, edit)) : nothing());
      editor?.revive();
    },
    changed(names) {
      editor?.changed(names);
    },
  };
}

function total(tasks) {
  const known = tasks.filter((task) => task.monthly_usd !== null);
  const sum = known.reduce((amount, task) => amount + task.monthly_usd, 0);
  const unknown = tasks.length - known.length;
  const advice = tasks.some((task) => task.profile) ? "" : ": add a profile to each";
  if (!known.length) return `${plural(tasks.length, "task")}. Their cost is unknown${advice}.`;
  return `${plural(tasks.length, "task")}, ${usd(sum)} per month${unknown ? `, and ${plural(unknown, "task")} of unknown cost` : ""}.`;
}

function nothing() {
  return h("div", { class: "empty" },
    h("p", {}, "The catalogue has no tasks."),
    h("p", {}, "Add one to models.toml; this page updates by itself:"),
    h("pre", {}, '[tasks.chat]\npurpose = "Main user conversations"\nmodel = "claude-sonnet-5-5"\nrequires = ["chat", "streaming"]'));
}

function card(task, server, edit) {
  const isSet = task.source && task.source.kind === "file" && task.source.variable === task.env;
  const worst = ["error", "warning"].find((severity) => task.problems.some((item) => item.severity === severity));
  return h("article", { class: `card ${worst ?? ""}`, "aria-labelledby": `task-${task.task}` },
    h("div", { class: "card-head" },
      h("h2", { id: `task-${task.task}` }, task.task),
      h("span", { class: "money", title: "US dollars in 30 days, by the task's profile" },
        task.monthly_usd === null ? "cost unknown" : `${usd(task.monthly_usd)} per month`)),
    task.purpose ? h("p", { class: "quiet" }, task.purpose) : null,
    h("dl", {},
      h("dt", {}, "Route"), h("dd", {}, task.route ? h("code", {}, task.route) : "none"),
      task.model && task.model !== task.route ? [h("dt", {}, "Model"), h("dd", {}, h("code", {}, task.model))] : null,
      h("dt", {}, "From"), h("dd", {}, task.source ? task.source.text : "not set"),
      task.shadowed.length
        ? [h("dt", {}, "Overrides"), h("dd", {}, task.shadowed.map((item) => `${item.value} (${item.source.text})`).join(", "))]
        : null,
      task.requires.length ? [h("dt", {}, "Requires"), h("dd", {}, task.requires.join(", "))] : null,
      task.measured ? [h("dt", {}, "Measured"), h("dd", {}, measured(task.measured))] : null),
    findings(task.problems),
    task.measured?.profile_toml
      ? h("details", {}, h("summary", {}, task.profile ? "The profile is off by a factor of two" : "A profile by what was measured"),
        h("p", { class: "help" }, task.profile ? "What was measured, to put in its place in models.toml:" : "To add to models.toml:"), h("pre", {}, task.measured.profile_toml.trimEnd()))
      : null,
    h("div", { class: "actions" },
      h("button", { type: "button", "data-key": `change-${task.task}`, onclick: () => edit(task) },
        server.read_only ? "Try a change" : "Change", h("span", { class: "visually-hidden" }, ` ${task.task}`)),
      isSet ? h("span", { class: "quiet" }, `set by ${task.env}`) : null));
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
