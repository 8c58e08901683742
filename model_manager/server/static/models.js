// Models: found by words and filters, which are in the address, a page of them at a time.

import { addressState, addressView, changeAddress, onAddress } from "./address.js";
import { read, Refusal, withQuery } from "./api.js";
import { calm, field, h, mistakeIn, plural, problemBox, rate, swap, tick, tokens } from "./dom.js";
import { modelDialog, status } from "./modeldialog.js";

const SORTS = [["", "by provider"], ["price", "input price"], ["output", "output price"], ["context", "context window"],
  ["released", "newest first"], ["name", "name"]];
/** Rows that are read and drawn at a time: a browser takes seconds for thousands. */
const PAGE = 200;
const COLUMNS = ["Model", "Provider", "Input", "Output", "Context", "Capabilities", "Used by"];
const TEXTS = ["search", "provider", "sort", "max_price", "min_context"];
const TICKS = ["ready", "recommended", "all"];

export function modelsView(root, shared) {
  let latest = 0;
  let seen = null;
  let isRead = false;
  let isRefused = false;
  let next = null;
  const count = h("p", { class: "quiet", role: "status" });
  const body = h("tbody", { role: "rowgroup" });
  const table = h("table", { class: "models", role: "table", hidden: true },
    h("caption", { class: "visually-hidden" }, "Models that match the filters; prices in US dollars per million tokens"),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, COLUMNS.map((name, index) => h("th", { scope: "col", role: "columnheader", class: index >= 2 && index <= 4 ? "number" : null }, name)))), body);
  const message = h("div");
  const capabilities = h("fieldset", { class: "many" }, h("legend", {}, "Required capabilities"));
  const provider = h("select", { name: "provider" }, h("option", { value: "" }, "all"));
  const more = h("button", { type: "button", hidden: true, onclick: () => search(next) });
  const further = h("details", {}, h("summary", {}, "More filters"),
    h("div", { class: "row" },
      field("Maximum price per million input tokens (USD)", h("input", { type: "number", name: "max_price", min: "0", max: "1000000", step: "any", inputmode: "decimal" })),
      field("Minimum context window (tokens)", h("input", { type: "number", name: "min_context", min: "0", max: "1000000000000", step: "1", inputmode: "numeric" }))),
    h("fieldset", { class: "many" }, h("legend", {}, "Which"), tick("ready to call", "ready", false), tick("recommended", "recommended", false),
      tick("include retired", "all", false)),
    capabilities);
  const form = h("form", { class: "filters", role: "search", "aria-label": "Models", oninput: calm(() => edited()), onsubmit: (event) => event.preventDefault(),
    onreset: () => setTimeout(edited) },
    field("Search", h("input", { type: "search", name: "search", maxlength: "200", placeholder: "words in name, id or purpose" })),
    field("Provider", provider),
    field("Sort", h("select", { name: "sort" }, SORTS.map(([value, label]) => h("option", { value }, label)))),
    h("button", { type: "reset" }, "Clear"), further);
  const dialog = modelDialog(shared);
  const region = h("div", { class: "scroll", role: "region", "aria-label": "Table of models", tabindex: "0" }, table);
  root.append(h("h1", { id: "title-models" }, "Models"), form, count, message, region, more);

  /** What is asked for, as the API and the address name it. */
  function filters() {
    const data = new FormData(form);
    return {
      ...Object.fromEntries(TEXTS.map((name) => [name, data.get(name).trim()])),
      ...Object.fromEntries(TICKS.map((name) => [name, data.has(name) ? "true" : ""])),
      capability: data.getAll("capability"),
    };
  }

  function edited() {
    if (addressView() !== "models") return; // left within a moment: the address is that of another view
    const chosen = filters();
    changeAddress({ ...chosen, capability: chosen.capability.join(",") });
    search();
  }

  function follow(state) {
    if (!seen) return;
    isRead = true;
    for (const name of TEXTS) form.elements[name].value = state.get(name) ?? "";
    for (const select of [form.elements.provider, form.elements.sort]) if (select.selectedIndex < 0) select.value = "";
    for (const name of TICKS) form.elements[name].checked = state.get(name) === "true";
    const wanted = (state.get("capability") ?? "").split(",");
    for (const box of capabilities.querySelectorAll("input")) box.checked = wanted.includes(box.value);
    if (["max_price", "min_context", "capability", ...TICKS].some((name) => state.has(name))) further.open = true;
    dialog.follow(state);
    search();
  }

  /** Read the first page of what is asked for, or the one after a model. */
  async function search(after = null) {
    const mine = ++latest;
    const mistake = mistakeIn(form);
    if (mistake) {
      swap(count, mistake);
      return;
    }
    region.setAttribute("aria-busy", "true");
    try {
      const found = await read(withQuery("api/ai/models", { ...filters(), limit: PAGE, after }));
      if (mine !== latest) return;
      isRefused = false;
      draw(found, after);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (mine !== latest) return;
      isRefused = true;
      if (after && error.problem.kind === "unknown_name") await search(); // the list has changed below the page
      else {
        swap(message, shared.state.isBroken ? null : problemBox(error.problem, () => search()));
        swap(count);
      }
    } finally {
      if (mine === latest) region.setAttribute("aria-busy", "false");
    }
  }

  function draw(found, after) {
    const rows = found.models.map((model) => row(model, dialog));
    if (after) body.append(...rows);
    else swap(body, rows);
    next = found.next;
    const shown = body.childElementCount;
    table.hidden = !shown;
    swap(message, shown ? null : h("div", { class: "empty" }, h("p", {}, "No model matches these filters."),
      h("button", { type: "button", onclick: () => form.reset() }, "Clear the filters")));
    swap(count, `${plural(found.total, "model")}. Prices are US dollars per million tokens.`);
    more.hidden = !next;
    more.textContent = `Show ${Math.min(PAGE, found.total - shown)} more of ${found.total.toLocaleString("en")}`;
    if (after) rows[0]?.querySelector("a").focus(); // the button has moved: go on where the rows do
  }

  onAddress("models", follow);

  return {
    /** Nothing can be read, which is said above the views. */
    broken() {
      if (message.querySelector(".error")) swap(message);
    },
    update() {
      const { catalogue, isBroken } = shared.state;
      root.setAttribute("aria-busy", String(!catalogue && !isBroken));
      if (!catalogue) {
        swap(count, isBroken ? "" : "Loading the models\u2026");
        return;
      }
      if (catalogue === seen && isRead && !isRefused) return;
      seen = catalogue;
      const chosen = provider.value;
      const used = new Set(catalogue.models.map((model) => model.provider));
      swap(provider, h("option", { value: "" }, "all"),
        catalogue.providers.filter((one) => used.has(one.id)).map((one) => h("option", { value: one.id }, `${one.name}${one.ready ? "" : " (no key)"}`)));
      provider.value = chosen;
      if (provider.selectedIndex < 0) provider.value = "";
      const known = new Set(catalogue.models.flatMap((model) => [...model.capabilities, ...model.lacks]));
      for (const word of [...known].sort()) {
        if (!capabilities.querySelector(`[value="${CSS.escape(word)}"]`)) {
          capabilities.append(h("label", { class: "tick" }, h("input", { type: "checkbox", name: "capability", value: word }), ` ${word}`));
        }
      }
      if (!isRead && addressView() === "models") follow(addressState());
      else search();
    },
  };
}

function row(model, dialog) {
  const cells = [
    h("th", { scope: "row", role: "rowheader" }, dialog.link(model.id, { class: "name", "data-key": `model-${model.id}` }, model.name), status(model),
      model.retires && model.status !== "retired" ? h("span", { class: "quiet retires" }, ` retires ${model.retires}`) : null, h("code", {}, model.id)),
    h("td", {}, model.provider, model.ready ? null : h("span", { class: "quiet" }, " no key")),
    h("td", { class: "number" }, rate(model.price?.input)),
    h("td", { class: "number" }, rate(model.price?.output)),
    h("td", { class: "number" }, tokens(model.context_window)),
    h("td", { class: "words" }, model.capabilities.filter((word) => !["chat", "streaming"].includes(word)).join(", ")),
    h("td", {}, model.tasks.join(", ")),
  ];
  cells.forEach((cell, index) => {
    cell.setAttribute("data-label", COLUMNS[index]);
    if (index) cell.setAttribute("role", "cell");
  });
  return h("tr", { role: "row" }, cells);
}
