// Costs: a workload, of a task or one's own, on each model.

import { addressState, addressView, changeAddress, onAddress } from "./address.js";
import { ask, Refusal } from "./api.js";
import { costTable } from "./costbars.js";
import { calm, field, h, mistakeIn, plural, problemBox, swap, times, usd } from "./dom.js";
import { modelDialog } from "./modeldialog.js";

/** The API's largest number; a month's requests may be no more either. */
const MOST = 1e12;
const DAYS = 30;
/** The workload where no task has a profile. */
const USUAL = { input: 1200, output: 300, requests: 1000, per: "day", cached: 0 };
/** What stands in the address for no task; without a task there, it is the first one with a profile. */
const NO_TASK = "none";

export function costsView(root, shared) {
  let latest = 0;
  let found = null;
  let isRead = false;
  let isAnew = true;
  let seen = [];
  const number = (id, max) => h("input", { id, type: "number", min: "0", max, step: "1", required: true, inputmode: "numeric" });
  const inputs = {
    input: number("cost-input", MOST), output: number("cost-output", MOST), requests: number("cost-requests", Math.floor(MOST / DAYS)),
    per: h("select", { id: "cost-per" }, h("option", { value: "day" }, "day"), h("option", { value: "month" }, "month")),
    cached: h("input", { id: "cost-cached", type: "range", min: "0", max: "100", step: "5" }),
  };
  const cachedText = h("output", { for: "cost-cached" });
  const task = h("select", { id: "cost-task" });
  const reference = h("select", { id: "cost-reference" });
  const scope = h("select", { id: "cost-scope" }, h("option", { value: "" }, "all models"), h("option", { value: "ready" }, "models with a key"), h("option", { value: "recommended" }, "recommended models"));
  const scale = h("select", { id: "cost-scale" }, h("option", { value: "" }, "logarithmic"), h("option", { value: "linear" }, "linear"));
  const back = h("button", { type: "button", class: "plain", hidden: true, onclick: () => { fill(usual()); change(); inputs.input.focus(); } });
  const summary = h("div", { role: "status", class: "costs-summary" });
  const message = h("div");
  const dialog = modelDialog(shared);
  const table = costTable("Cost of the workload on each model, the cheapest first");
  const form = h("form", { class: "panel", "aria-label": "Workload", oninput: calm((event) => edited(event)), onsubmit: (event) => event.preventDefault() },
    h("div", { class: "row" }, field("Task", task), field("Prompt tokens", inputs.input), field("Output tokens", inputs.output), field("Requests", inputs.requests), field("Per", inputs.per)),
    h("div", { class: "row" }, h("div", { class: "field" }, h("label", { for: "cost-cached" }, "Cached part of the prompt ", cachedText), inputs.cached),
      field("Compared with", reference), field("Models", scope), field("Scale of the bars", scale)), back);
  root.append(h("h1", { id: "title-costs" }, "Costs"), form, summary, message, table.element);
  fill(USUAL);

  const chosen = () => shared.state.tasks?.find((one) => one.task === task.value);
  const first = () => shared.state.tasks.find((one) => one.profile)?.task ?? NO_TASK;

  /** The workload of the task's profile, else the usual one. */
  function usual() {
    const profile = chosen()?.profile;
    if (!profile) return USUAL;
    return {
      input: profile.input_tokens ?? USUAL.input, output: profile.output_tokens ?? USUAL.output, requests: Math.round(profile.requests_per_day ?? 1), per: "day",
      cached: Math.round((profile.cache_share ?? 0) * 100),
    };
  }

  function fill(values) {
    for (const [name, value] of Object.entries(values)) inputs[name].value = value;
  }

  function edited(event) {
    if (addressView() !== "costs") return; // left within a moment: the address is that of another view
    if (event.target === task) fill(usual());
    isAnew = event.target !== scale;
    change();
  }

  /** The address follows what was chosen: what is as it would be anyway is not in it. */
  function change() {
    const like = usual();
    const own = Object.entries(inputs).map(([name, input]) => [name, input.value === String(like[name]) ? null : input.value]);
    changeAddress({
      ...Object.fromEntries(own), tokens: null, task: task.value === first() ? null : task.value,
      than: reference.value, models: scope.value, scale: scale.value,
    });
    price();
  }

  /** What was chosen follows the address. */
  function follow() {
    const state = addressState();
    isRead = true;
    const wanted = state.get("task") ?? (state.has("than") ? NO_TASK : first());
    const isKnown = wanted === NO_TASK || shared.state.tasks.some((one) => one.task === wanted);
    task.value = isKnown ? wanted : NO_TASK;
    fill(usual());
    const total = count(state.get("tokens"));
    if (total !== null) fill({ input: total - Math.floor(total / 4), output: Math.floor(total / 4) });
    for (const [name, input] of Object.entries(inputs)) {
      if (state.has(name)) input.value = count(state.get(name)) ?? state.get(name);
    }
    options(state.get("than") ?? "");
    scope.value = ["ready", "recommended"].includes(state.get("models")) ? state.get("models") : "";
    scale.value = state.get("scale") === "linear" ? "linear" : "";
    isAnew = true;
    dialog.follow(state);
    price(isKnown ? null : { detail: `There is no task \u201c${wanted}\u201d.`, hint: "Choose one of the list." });
  }

  function options(wanted) {
    const { models } = shared.state.catalogue;
    const word = chosen()?.route ? `the model of ${task.value}` : "the chat task's model";
    swap(reference, h("option", { value: "" }, word),
      models.filter((one) => one.id === wanted || (one.price && one.status !== "retired")).map((one) => h("option", { value: one.id }, one.id)));
    reference.value = wanted;
    if (reference.selectedIndex < 0) reference.value = "";
  }

  async function price(problem = null) {
    cachedText.textContent = `${inputs.cached.value}%`;
    reference.options[0].textContent = chosen()?.route ? `the model of ${task.value}` : "the chat task's model";
    const like = usual();
    back.hidden = !chosen()?.profile || Object.entries(inputs).every(([name, input]) => input.value === String(like[name]));
    back.textContent = `Back to the profile of ${task.value}`;
    const mine = ++latest;
    const mistake = mistakeIn(form);
    if (mistake) {
      clear(mistake);
      return;
    }
    root.setAttribute("aria-busy", "true");
    try {
      const answer = await priced(workload());
      if (mine !== latest) return;
      found = answer;
      swap(message, problem && problemBox(problem));
      draw();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (mine !== latest) return;
      clear();
      if (!shared.state.isBroken) swap(message, problemBox(error.problem, () => price()));
    } finally {
      if (mine === latest) root.setAttribute("aria-busy", "false");
    }
  }

  function workload() {
    const [into, days] = [Number(inputs.input.value), inputs.per.value === "month" ? 1 : DAYS];
    return {
      input_tokens: into, output_tokens: Number(inputs.output.value), requests: Number(inputs.requests.value) * days, per: "month",
      cache_read_tokens: Math.round((into * Number(inputs.cached.value)) / 100),
      ...(chosen() ? { task: task.value } : {}), ...(reference.value ? { reference: reference.value } : {}),
    };
  }

  /** Figures of another workload would be taken for this one's. */
  function clear(...why) {
    found = null;
    table.clear();
    swap(message);
    swap(summary, why.map((text) => h("p", {}, text)));
  }

  function draw() {
    const { catalogue } = shared.state;
    const models = new Map(catalogue.models.map((model) => [model.id, model]));
    const names = new Map(catalogue.providers.map((provider) => [provider.id, provider.name]));
    const isShown = (row) => row.model === found.reference || !scope.value || models.get(row.model)?.[scope.value];
    const rows = found.costs.filter(isShown);
    const counts = new Map();
    for (const model of catalogue.models) if (model.price && model.status !== "retired") counts.set(model.provider, (counts.get(model.provider) ?? 0) + 1);
    swap(summary, rows.length ? headline(rows, models) : h("div", { class: "empty" }, h("p", {}, scope.value === "ready" ? "No model to compare: no key is set. Choose all models." : "No model to compare.")));
    table.update({
      rows, reference: found.reference, present: chosen()?.model, isLinear: scale.value === "linear", find: (id) => models.get(id), counts, isAnew,
      word: isPresent() ? "in use" : "reference",
      nameOf: (id) => names.get(id) ?? id, link: dialog.link,
    });
  }

  const isPresent = () => !reference.value && Boolean(chosen()?.route);

  /** What a person wants to know first: what it costs now, and what the cheapest would. */
  function headline(rows, models) {
    const present = rows.find((row) => row.model && row.model === chosen()?.model);
    const own = present ?? rows.find((row) => row.model === found.reference);
    const best = rows.find((row) => row.cost_usd && !row.exceeds.length && models.get(row.model)?.status !== "retired");
    const money = (row) => (row.cost_usd === null ? "at an unknown cost" : row.cost_usd === 0 ? "free" : `${usd(row.cost_usd)} per month`);
    const subject = present ? `${task.value} uses ` : "Compared with ";
    const isBest = best && own && best.model === own.model;
    return [
      own ? h("p", { class: "headline" }, subject, h("code", {}, own.model), ": ", h("strong", {}, money(own)), isBest ? ", the cheapest that has a price." : ".",
        best && !isBest ? [" The cheapest that has a price is ", h("code", {}, best.model), `: ${money(best)}${own.cost_usd ? `, ${times(best.cost_usd / own.cost_usd)}` : ""}.`] : null) : null,
      h("p", { class: "quiet" }, `${plural(rows.length, "model")}, US dollars per month${found.reference ? `, compared with ${found.reference}` : ""}.`, found.notes.map((note) => ` ${note[0].toUpperCase()}${note.slice(1)}.`),
        scale.value ? null : " Equal distances on the scale are equal ratios; the parts of a bar are the shares of input and output."),
    ];
  }

  onAddress("costs", () => {
    if (isRead) follow(); // the first time, when it is shown
  });

  return {
    /** Nothing can be read, which is said above the views. */
    broken() {
      swap(message);
    },
    update() {
      const { catalogue, tasks, isBroken } = shared.state;
      if (!catalogue) {
        root.setAttribute("aria-busy", String(!isBroken));
        swap(summary, isBroken ? null : h("p", { class: "quiet" }, "Loading the prices\u2026"));
        return;
      }
      if (catalogue === seen[0] && tasks === seen[1] && isRead && found) return;
      seen = [catalogue, tasks];
      const before = task.value;
      swap(task, h("option", { value: NO_TASK }, "none: a workload of your own"), tasks.map((one) => h("option", { value: one.task }, one.task)));
      task.value = before;
      if (task.selectedIndex < 0) task.value = NO_TASK;
      if (!isRead && addressView() === "costs") follow();
      else {
        options(reference.value);
        isAnew = false;
        price();
      }
    },
  };
}

/** The cost of a workload on every model; that of the reference is there too, if it is none of those that are compared. */
async function priced(body) {
  const { document: found } = await ask("POST", "api/ai/costs", { body });
  if (!found.reference || found.costs.some((row) => row.model === found.reference)) return found;
  const { task: _, ...alone } = body;
  const own = await ask("POST", "api/ai/costs", { body: { ...alone, models: [found.reference] } });
  const costs = [...found.costs, ...own.document.costs];
  costs.sort((one, other) => (one.cost_usd ?? Infinity) - (other.cost_usd ?? Infinity));
  return { ...found, costs };
}

/** A number of tokens as people write it: 100k, 1.5M, 2000; null if it is none. */
function count(text) {
  const [whole, digits, unit] = /^(\d+(?:\.\d+)?)([kKmM]?)$/.exec(text ?? "") ?? [];
  if (!whole) return null;
  return Math.min(MOST, Math.round(Number(digits) * ({ k: 1e3, m: 1e6 }[unit.toLowerCase()] ?? 1)));
}
