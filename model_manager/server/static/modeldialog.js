// Everything about one model, in a dialog over any view, which the address names: a link opens it, Back closes it.

import { addressOf, addressState, changeAddress, leaveAddress } from "./address.js";
import { modelPath, read, Refusal } from "./api.js";
import { closeNow, findings, h, onClose, problemBox, rate, swap, times, tokens } from "./dom.js";

/** The dialog of a view: `open` shows a model, `follow` the one that the address names, if it does; `link` is one to a model. */
export function modelDialog(shared) {
  let shown = null;

  function open(id) {
    changeAddress({ model: id }, { push: true });
    show(id);
  }

  function follow(state = addressState()) {
    const id = state.get("model");
    if (id && shown !== id) show(id);
  }

  function show(id) {
    shown = id;
    const from = document.activeElement?.dataset.key;
    let isOurs = true; // closing it takes the model out of the address, unless that has happened or leads elsewhere
    const content = h("div", { "aria-busy": "true" }, h("h2", { id: "model-title" }, id), h("p", { class: "quiet" }, "Loading\u2026"));
    const dialog = h("dialog", { class: "wide", "aria-labelledby": "model-title" }, content);
    const moved = () => {
      if (addressState().get("model") === id) return;
      isOurs = false;
      closeNow(dialog);
    };
    const leave = (view, values, given) => () => {
      isOurs = false;
      closeNow(dialog);
      if (given) shared.show(view, given);
      else location.hash = addressOf(view, values);
    };
    window.addEventListener("hashchange", moved);
    onClose(dialog, () => {
      window.removeEventListener("hashchange", moved);
      shown = null;
      if (isOurs) leaveAddress("model");
      // The browser gives the focus back to what had it, unless that was drawn anew meanwhile.
      if (from && document.activeElement === document.body) document.querySelector(`main section:not([hidden]) [data-key="${CSS.escape(from)}"]`)?.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
    fill();

    async function fill() {
      try {
        const { model } = await read(modelPath(id));
        swap(content, details(model, dialog, leave));
        if (dialog.open && document.activeElement === document.body) dialog.querySelector("button").focus();
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        swap(content, h("h2", { id: "model-title" }, id), problemBox(error.problem, fill), h("div", { class: "actions" }, closing(dialog)));
      }
      content.setAttribute("aria-busy", "false");
    }
  }

  return {
    open, follow,
    link: (id, properties, ...content) => h("a", { ...properties, href: addressOf("models", { model: id }), onclick: (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open(id);
    } }, ...content),
  };
}

/** What is said of a model besides its name: recommended, or no longer quite current. */
export function status(model) {
  const words = [];
  if (model.recommended) words.push(["good", "recommended"]);
  if (model.status !== "active") words.push([model.status, model.status]);
  return words.map(([kind, word]) => h("span", { class: `badge ${kind}` }, word));
}

function closing(dialog) {
  return h("button", { type: "button", onclick: () => dialog.close() }, "Close");
}

function details(model, dialog, leave) {
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
      h("button", { type: "button", class: "primary", onclick: leave("test", null, [model.id]) }, "Test it"),
      model.price ? h("button", { type: "button", onclick: leave("costs", { than: model.id }) }, "Compare its cost") : null, closing(dialog)),
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
    ...(price?.peak ? [["At peak hours", `${rate(price.peak.input)} in, ${rate(price.peak.output)} out (${price.peak.days} ${price.peak.utc.join(", ")} UTC)`]] : []),
    ["Context", `${tokens(model.context_window)} tokens, output up to ${tokens(model.max_output)}`],
    ["Capabilities", model.capabilities.join(", ") || "unknown"],
    ["Lacks", model.lacks.join(", ") || "nothing known"],
    ["Aliases", model.aliases.join(", ")],
    ["Used by", model.tasks.join(", ") || "no task"],
    ["Released", model.released ?? "unknown"],
    ["Retires", [model.retires, model.replacement ? `then ${model.replacement}` : ""].filter(Boolean).join(", ")],
    ["To replace it", model.moves.map((move) => `${move.task ?? "in a task"}: ${move.route}`).join("; ")],
    ["Base URL", model.base_url],
    ["Price source", [model.source, model.checked].filter(Boolean).join(", ")],
  ];
  return list.filter(([, value]) => value);
}
