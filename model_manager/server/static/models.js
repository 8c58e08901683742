// Models: found by words and filters, and everything about one of them.

import { modelPath, read, Refusal, withQuery } from "./api.js";
import { calm, field, findings, h, mistakeIn, plural, problemBox, rate, swap, tick, times, tokens } from "./dom.js";

const SORTS = [["catalogue", "by provider"], ["price", "input price"], ["output", "output price"], ["context", "context window"],
  ["released", "newest first"], ["name", "name"]];
/** Rows at first: a browser takes seconds for thousands. */
const FEW = 300;
const COLUMNS = ["Model", "Provider", "Input", "Output", "Context", "Capabilities", "Used by"];

export function modelsView(root, shared) {
  let latest = 0;
  let isWhole = false;
  let found = [];
  const count = h("p", { class: "quiet", role: "status" });
  const body = h("tbody");
  const table = h("table", { class: "models" },
    h("caption", { class: "visually-hidden" }, "Models that match the filters; prices in US dollars per million tokens"),
    h("thead", {}, h("tr", {}, COLUMNS.map((name, index) => h("th", { scope: "col", class: index >= 2 && index <= 4 ? "number" : null }, name)))), body);
  const message = h("div");
  const capabilities = h("fieldset", { class: "many" }, h("legend", {}, "Required capabilities"));
  const provider = h("select", { name: "provider" }, h("option", { value: "" }, "all"));
  const more = h("button", { type: "button", hidden: true, onclick: () => {
    isWhole = true;
    draw();
    body.children[FEW]?.querySelector("button").focus(); // the button is gone: go on where the rows do
  } });
  const form = h("form", { class: "filters", role: "search", "aria-label": "Models", oninput: calm(() => anew()), onsubmit: (event) => event.preventDefault(),
    onreset: () => setTimeout(anew) },
    field("Search", h("input", { type: "search", name: "search", maxlength: "200", placeholder: "words in name, id or purpose" })),
    field("Provider", provider),
    field("Sort", h("select", { name: "sort" }, SORTS.map(([value, label]) => h("option", { value }, label)))),
    h("button", { type: "reset" }, "Clear"),
    h("details", {}, h("summary", {}, "More filters"),
      h("div", { class: "row" },
        field("Maximum price per million input tokens (USD)", h("input", { type: "number", name: "max_price", min: "0", max: "1000000", step: "any", inputmode: "decimal" })),
        field("Minimum context window (tokens)", h("input", { type: "number", name: "min_context", min: "0", max: "1000000000000", step: "1", inputmode: "numeric" }))),
      h("fieldset", { class: "many" }, h("legend", {}, "Which"), tick("ready to call", "ready", false), tick("recommended", "recommended", false),
        tick("include retired", "all", false)),
      capabilities));
  root.append(h("h1", { id: "title-models" }, "Models"), form, count, message, h("div", { class: "scroll", role: "region", "aria-label": "Table of models", tabindex: "0" }, table), more);

  function anew() {
    isWhole = false;
    return search();
  }

  function draw() {
    const shown = isWhole ? found : found.slice(0, FEW);
    table.hidden = !found.length;
    swap(body, shown.map((model) => row(model, () => showModel(model.id, shared))));
    more.hidden = shown.length === found.length;
    more.textContent = `Show all ${found.length.toLocaleString("en")}`;
  }

  function capability(word) {
    return h("label", { class: "tick" }, h("input", { type: "checkbox", name: "capability", value: word }), ` ${word}`);
  }

  async function search() {
    const mine = ++latest;
    const mistake = mistakeIn(form);
    if (mistake) {
      swap(count, mistake);
      return;
    }
    const data = new FormData(form);
    const query = {
      search: data.get("search").trim(), provider: data.get("provider"), sort: data.get("sort"), max_price: data.get("max_price"),
      min_context: data.get("min_context"), ready: data.has("ready"), recommended: data.has("recommended"), all: data.has("all"),
      capability: data.getAll("capability"),
    };
    try {
      const { models } = await read(withQuery("api/ai/models", query));
      if (mine !== latest) return;
      found = models;
      swap(message, found.length ? null : h("div", { class: "empty" }, h("p", {}, "No model matches these filters."),
        h("button", { type: "button", onclick: () => form.reset() }, "Clear the filters")));
      swap(count, `${plural(found.length, "model")}. Prices are US dollars per million tokens.`);
      draw();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      swap(message, shared.state.isBroken ? null : problemBox(error.problem, search));
      swap(count);
    }
  }

  return {
    /** Nothing can be read, which is said above the views. */
    broken() {
      if (message.querySelector(".error")) swap(message);
    },
    update() {
      const { catalogue } = shared.state;
      root.setAttribute("aria-busy", String(!catalogue && !shared.state.isBroken));
      if (!catalogue) {
        swap(count, shared.state.isBroken ? "" : "Loading the models\u2026");
        return;
      }
      const chosen = provider.value;
      const used = new Set(catalogue.models.map((model) => model.provider));
      swap(provider, h("option", { value: "" }, "all"),
        catalogue.providers.filter((one) => used.has(one.id)).map((one) => h("option", { value: one.id }, `${one.name}${one.ready ? "" : " (no key)"}`)));
      provider.value = chosen;
      const known = new Set(catalogue.models.flatMap((model) => [...model.capabilities, ...model.lacks]));
      for (const word of [...known].sort()) {
        if (!capabilities.querySelector(`[value="${CSS.escape(word)}"]`)) capabilities.append(capability(word));
      }
      search();
    },
  };
}

function row(model, open) {
  const cells = [
    h("th", { scope: "row" }, h("button", { type: "button", class: "link", "data-key": `model-${model.id}`, onclick: open }, model.name),
      status(model), h("code", {}, model.id)),
    h("td", {}, model.provider, model.ready ? null : h("span", { class: "quiet" }, " no key")),
    h("td", { class: "number" }, rate(model.price?.input)),
    h("td", { class: "number" }, rate(model.price?.output)),
    h("td", { class: "number" }, tokens(model.context_window)),
    h("td", { class: "words" }, model.capabilities.filter((word) => !["chat", "streaming"].includes(word)).join(", ")),
    h("td", {}, model.tasks.join(", ")),
  ];
  cells.forEach((cell, index) => cell.setAttribute("data-label", COLUMNS[index]));
  return h("tr", {}, cells);
}

function status(model) {
  const words = [];
  if (model.recommended) words.push(["good", "recommended"]);
  if (model.status !== "active") words.push([model.status, model.status]);
  return words.map(([kind, word]) => h("span", { class: `badge ${kind}` }, word));
}

async function showModel(id, shared) {
  const content = h("div", { "aria-busy": "true" }, "Loading\u2026");
  const dialog = h("dialog", { class: "wide", "aria-labelledby": "model-title" }, content);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  await fill();

  async function fill() {
    try {
      const { model } = await read(modelPath(id));
      swap(content, details(model, dialog, shared));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      swap(content, h("h2", { id: "model-title" }, id), problemBox(error.problem, fill), closing(dialog));
    }
    content.setAttribute("aria-busy", "false");
  }
}

function closing(dialog) {
  return h("button", { type: "button", onclick: () => dialog.close() }, "Close");
}

function details(model, dialog, shared) {
  const leave = (view, given) => () => {
    dialog.close();
    shared.show(view, given);
  };
  return [
    h("h2", { id: "model-title" }, model.name, " ", status(model)),
    h("p", {}, h("code", {}, model.id), model.best_for ? ` \u2013 ${model.best_for}` : ""),
    findings(model.problems),
    h("dl", {}, facts(model).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
    model.cheaper.length
      ? [h("h3", {}, "Cheaper models that can do the same"),
        h("ul", {}, model.cheaper.slice(0, 6).map((other) => h("li", {}, h("code", {}, other.model), ` ${times(other.relative)}`)))]
      : null,
    h("div", { class: "actions" },
      h("button", { type: "button", class: "primary", onclick: leave("test", [model.id]) }, "Test it"),
      model.price ? h("button", { type: "button", onclick: leave("costs", model.id) }, "Compare its cost") : null, closing(dialog)),
  ].flat();
}

function facts(model) {
  const price = model.price;
  const list = [
    ["Requested as", `${model.model_id} at ${model.provider}`],
    ["Key", model.key_env ? `${model.key_env}${model.ready ? " (set)" : " (missing)"}` : "none needed"],
    ["Price per million", price ? `${rate(price.input)} in, ${rate(price.output)} out${price.cache_read === null ? "" : `, ${rate(price.cache_read)} from the cache`}` : "unknown"],
    ...(price?.tiers ?? []).map((tier) => [`Above ${tokens(tier.above)}`, `${rate(tier.input)} in, ${rate(tier.output)} out`]),
    ...(price?.changes ?? []).map((change) => [`From ${change.from}`, `${rate(change.input)} in, ${rate(change.output)} out`]),
    ["Context", `${tokens(model.context_window)} tokens, output up to ${tokens(model.max_output)}`],
    ["Capabilities", model.capabilities.join(", ") || "unknown"],
    ["Lacks", model.lacks.join(", ") || "nothing known"],
    ["Aliases", model.aliases.join(", ")],
    ["Used by", model.tasks.join(", ") || "no task"],
    ["Released", model.released ?? "unknown"],
    ["Retires", [model.retires, model.replacement ? `then ${model.replacement}` : ""].filter(Boolean).join(", ")],
    ["Base URL", model.base_url],
    ["Price source", [model.source, model.checked].filter(Boolean).join(", ")],
  ];
  return list.filter(([, value]) => value);
}
