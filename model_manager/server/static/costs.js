// Costs: what a workload, which can be changed, costs on each model, as bars.

import { ask, Refusal } from "./api.js";
import { calm, field, h, mistakeIn, plural, problemBox, swap, times, usd } from "./dom.js";

const FEW = 25;
/** The API's largest number; a month's requests may be no more either. */
const MOST = 1e12;
const DAYS = 30;

export function costsView(root, shared) {
  let isWhole = false;
  let latest = 0;
  let found = null;
  const number = (id, value, max) => h("input", { id, type: "number", min: "0", max, step: "1", value, required: true, inputmode: "numeric" });
  const into = number("cost-input", "1200", MOST);
  const out = number("cost-output", "300", MOST);
  const requests = number("cost-requests", "1000", Math.floor(MOST / DAYS));
  const cached = h("input", { id: "cost-cached", type: "range", min: "0", max: "100", step: "5", value: "0" });
  const cachedText = h("output", { for: "cost-cached" });
  const per = h("select", { id: "cost-per" }, h("option", { value: "day" }, "day"), h("option", { value: "month" }, "month"));
  const task = h("select", { id: "cost-task", onchange: () => profile() });
  const reference = h("select", { id: "cost-reference" });
  const scope = h("select", { id: "cost-scope" }, h("option", { value: "all" }, "all models"), h("option", { value: "ready" }, "models with a key"));
  const scale = h("select", { id: "cost-scale" }, h("option", { value: "log" }, "logarithmic"), h("option", { value: "linear" }, "linear"));
  const summary = h("p", { role: "status", class: "quiet" });
  const message = h("div");
  const body = h("tbody");
  const table = h("table", { class: "chart" },
    h("caption", { class: "visually-hidden" }, "Cost of the workload on each model, the cheapest first"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Model"), h("th", { scope: "col", class: "number" }, "Cost"),
      h("th", { scope: "col", class: "number" }, "Compared"), h("th", { scope: "col", class: "bars" }, h("span", { class: "visually-hidden" }, "Bar")))),
    body);
  const more = h("button", { type: "button", hidden: true, onclick: () => { isWhole = !isWhole; draw(); } });
  const form = h("form", { class: "panel", "aria-label": "Workload", oninput: calm((event) => change(event)), onsubmit: (event) => event.preventDefault() },
    h("div", { class: "row" }, field("Workload of a task", task), field("Prompt tokens", into), field("Output tokens", out), field("Requests", requests), field("Per", per)),
    h("div", { class: "row" }, h("div", { class: "field" }, h("label", { for: "cost-cached" }, "Part of the prompt from the cache ", cachedText), cached),
      field("Compared with", reference), field("Models", scope), field("Scale of the bars", scale)));
  root.append(h("h1", { id: "title-costs" }, "Costs"), form, summary, message, h("div", { class: "scroll", role: "region", "aria-label": "Table of costs", tabindex: "0" }, table), more);

  function change(event) {
    if ([into, out, requests, cached, per].includes(event.target)) task.value = ""; // no task's own any more
    if (event.target === scale) draw();
    else price();
  }

  /** The workload of a task's profile. */
  function profile() {
    const chosen = shared.state.tasks.find((one) => one.task === task.value)?.profile;
    if (!chosen) return;
    into.value = chosen.input_tokens ?? 0;
    out.value = chosen.output_tokens ?? 0;
    requests.value = Math.round(chosen.requests_per_day ?? 1);
    per.value = "day";
    cached.value = Math.round(chosen.cache_share * 100);
  }

  async function price() {
    cachedText.textContent = `${cached.value}%`;
    const mine = ++latest;
    const mistake = mistakeIn(form);
    if (mistake) {
      clear(mistake);
      return;
    }
    const days = per.value === "month" ? 1 : DAYS;
    const workload = {
      input_tokens: Number(into.value), output_tokens: Number(out.value), requests: Number(requests.value) * days, per: "month",
      cache_read_tokens: Math.round((Number(into.value) * Number(cached.value)) / 100),
    };
    if (reference.value) workload.reference = reference.value;
    try {
      const answer = await ask("POST", "api/ai/costs", { body: workload });
      if (mine !== latest) return;
      found = answer.document;
      swap(message);
      draw();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (mine !== latest) return;
      clear();
      if (!shared.state.isBroken) swap(message, problemBox(error.problem, price));
    }
  }

  /** Figures of another workload would be taken for this one's. */
  function clear(...why) {
    found = null;
    [table.hidden, more.hidden] = [true, true];
    swap(message);
    swap(summary, ...why);
  }

  function draw() {
    if (!found) return;
    const ready = new Set(shared.state.catalogue.models.filter((model) => model.ready).map((model) => model.id));
    const rows = found.costs.filter((row) => scope.value === "all" || ready.has(row.model) || row.model === found.reference);
    const shown = isWhole ? rows : rows.slice(0, FEW);
    const at = rows.findIndex((row) => row.model === found.reference);
    if (!isWhole && at >= FEW) shown.push(rows[at]);
    const known = shown.filter((row) => row.cost_usd !== null);
    const highest = Math.max(...known.map((row) => row.cost_usd), 0);
    const least = Math.min(...known.map((row) => row.cost_usd).filter((cost) => cost > 0), highest);
    swap(body, shown.map((row) => bar(row, found.reference, share(row.cost_usd, least, highest))));
    table.hidden = !rows.length;
    swap(summary, rows.length
      ? `${plural(rows.length, "model")}, US dollars per month${found.reference ? `, compared with ${found.reference}` : ""}.`
      : "No model to compare: no key is set. Choose all models.");
    more.hidden = rows.length <= FEW;
    more.textContent = isWhole ? "Show fewer" : `Show all ${rows.length}`;
  }

  /** How long a bar is, from 0 to 1. On a logarithmic scale the least known cost still shows. */
  function share(cost, least, highest) {
    if (!cost || !highest) return 0;
    if (scale.value === "linear" || least === highest) return cost / highest;
    return 0.05 + (0.95 * Math.log(cost / least)) / Math.log(highest / least);
  }

  return {
    /** Nothing can be read, which is said above the views. */
    broken() {
      swap(message);
    },
    begin(model) {
      reference.dataset.wanted = model;
      this.update();
    },
    update() {
      const { catalogue, tasks } = shared.state;
      root.setAttribute("aria-busy", String(!catalogue && !shared.state.isBroken));
      if (!catalogue) {
        swap(summary, shared.state.isBroken ? "" : "Loading the prices\u2026");
        return;
      }
      const [chosen, wanted] = [task.value, reference.dataset.wanted ?? reference.value];
      delete reference.dataset.wanted;
      swap(task, h("option", { value: "" }, "custom"), tasks.filter((one) => one.profile).map((one) => h("option", { value: one.task }, one.task)));
      task.value = chosen;
      swap(reference, h("option", { value: "" }, "the chat task's model"),
        catalogue.models.filter((one) => one.id === wanted || (one.price && one.status !== "retired")).map((one) => h("option", { value: one.id }, one.id)));
      reference.value = wanted;
      if (reference.selectedIndex < 0) reference.value = "";
      price();
    },
  };
}

function bar(row, reference, share) {
  const drawn = h("div", { class: `bar ${row.model === reference ? "reference" : ""}` });
  drawn.style.inlineSize = `${(share * 100).toFixed(2)}%`;
  return h("tr", { class: row.model === reference ? "reference" : "" },
    h("th", { scope: "row" }, h("code", {}, row.model)),
    h("td", { class: "number" }, row.cost_usd === null ? "unknown" : usd(row.cost_usd)),
    h("td", { class: "number quiet" }, row.model === reference ? "reference" : times(row.relative)),
    h("td", { class: "bars", "aria-hidden": "true" }, drawn));
}
