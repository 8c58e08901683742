// Where a call of a task would go, and why: for a user, a preference and a prompt. No call is made.

import { ask, Refusal } from "./api.js";
import { calm, field, h, problemBox, swap } from "./dom.js";

const STATES = { ready: "ready", off: "off: its share is 0%", missing_key: "its key is not set", unknown: "not in the catalogue" };

/** The panel of a task; `update(task)` asks again. */
export function routePanel(given) {
  let task = given;
  let latest = 0;
  const name = (text) => `${text}-${task.task.replace(/\W/g, "-")}`;
  const user = h("input", { id: name("why-user"), maxlength: "200", autocomplete: "off", placeholder: "anybody" });
  const preference = h("select", { id: name("why-preference") });
  const prompt = h("textarea", { id: name("why-prompt"), rows: "2", maxlength: "100000", placeholder: "only its complexity counts" });
  const result = h("div", { class: "why", "aria-live": "polite" });
  const wish = field("Preference", preference);
  const text = field("Prompt", prompt);
  const form = h("form", { class: "row", oninput: calm(() => look()), onsubmit: (event) => { event.preventDefault(); look(); } },
    field("User", user), wish, text);
  const element = h("section", { class: "explain", "aria-label": `Where a call of ${task.task} goes` },
    h("h3", {}, "Where a call goes"), form, result);

  async function look() {
    const mine = ++latest;
    const body = { task: task.task };
    if (user.value.trim()) body.user = user.value.trim();
    if (preference.value) body.preference = preference.value;
    if (task.auto && prompt.value.trim()) body.prompt = prompt.value;
    result.setAttribute("aria-busy", "true");
    try {
      const { document: found } = await ask("POST", "api/ai/route", { body });
      if (mine === latest) swap(result, told(found));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (mine === latest) swap(result, problemBox(error.problem, look));
    } finally {
      if (mine === latest) result.setAttribute("aria-busy", "false");
    }
  }

  function offer() {
    const chosen = preference.value;
    const names = Object.keys(task.preferences);
    swap(preference, h("option", { value: "" }, "none"), names.map((one) => h("option", { value: one }, one)));
    preference.value = names.includes(chosen) ? chosen : "";
    wish.hidden = !names.length;
    text.hidden = !task.auto;
  }

  offer();
  return {
    element,
    update(next) {
      task = next;
      offer();
      look();
    },
  };
}

function told(found) {
  return [
    h("p", {}, found.model ? ["A call goes to ", h("strong", {}, h("code", {}, found.model)), ": "] : h("strong", {}, "No call can be made: "), found.reason, "."),
    found.complexity ? h("p", { class: "quiet" }, `The prompt is ${found.complexity.tier} (${found.complexity.score}).`) : null,
    h("ol", { class: "tries", "aria-label": "Models in the order of the route" }, found.options.map((one) => h("li", { class: one.state },
      h("code", {}, one.name), one.model && one.model !== one.name ? [" (", h("code", {}, one.model), ")"] : null,
      one.percent === null ? null : ` ${one.percent}%`, ": ", state(one)))),
  ];
}

function state(one) {
  if (one.state === "chosen") return h("strong", {}, "called");
  if (one.state === "cooling") return `after failures not called for ${Math.ceil(one.cooling_s)} s`;
  if (one.state === "refused") return one.message;
  return `${STATES[one.state]}${one.state === "ready" && one.order ? `, number ${one.order}` : ""}`;
}
