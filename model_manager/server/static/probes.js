// Probes: what models can do by small live calls, beside what the catalogue says.

import { h, named, swap, usd } from "./dom.js";

const FOUND = new Map([[true, ["yes", "can"]], [false, ["no", "cannot"]], [null, ["unknown", "unknown"]]]);

/** The place of the findings: how far each model is, then a table of capabilities by models. */
export function probePanel() {
  const element = h("div", {});
  let steps = [];

  return {
    element,
    begin(ids) {
      steps = ids.map((id) => {
        const bar = h("progress", { max: "1", "aria-label": `Probes of ${id}` });
        bar.value = 0;
        const words = h("span", { class: "quiet" }, "waiting");
        const notes = h("ul", { class: "findings" });
        return { bar, words, notes, element: h("li", {}, h("code", {}, id), bar, words, notes) };
      });
      swap(element, h("ul", { class: "progress" }, steps.map((step) => step.element)));
    },
    clear() {
      swap(element);
    },
    tell(event, found) {
      const step = steps[found.index];
      if (!step) return;
      if (event === "notice") step.notes.append(h("li", { class: "info" }, found.text));
      else {
        step.bar.max = found.of;
        step.bar.value = found.number - (event === "started" ? 1 : 0);
        step.words.textContent = event === "started" ? `${found.probe}, ${found.number} of ${found.of}` : "done";
      }
    },
    end(word) {
      for (const step of steps) step.words.textContent = word;
    },
    show(found) {
      swap(element, h("p", {}, "Found by live calls, beside what the catalogue says. All calls cost ", h("strong", {}, found.cost_usd === null ? "an unknown amount" : found.cost_usd ? usd(found.cost_usd) : "nothing"), "."),
        matrix(found), h("div", { class: "cards probes" }, found.probes.map(evidence)));
    },
  };
}

function matrix(found) {
  const words = [...new Set(found.probes.flatMap((probe) => probe.capabilities.map((one) => one.capability)))];
  const label = "Capabilities of each model";
  return h("div", { class: "scroll", role: "region", "aria-label": label, tabindex: "0" }, h("table", { class: "matrix" }, h("caption", { class: "visually-hidden" }, label),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Capability"), found.probes.map((probe) => h("th", { scope: "col" }, h("code", {}, probe.model))))),
    h("tbody", {}, words.map((word) => h("tr", {}, h("th", { scope: "row" }, word), found.probes.map((probe) => verdict(probe.capabilities.find((one) => one.capability === word))))))));
}

function verdict(one) {
  if (!one) return h("td", {});
  const [word, kind] = FOUND.get(one.found);
  const said = one.catalogue === null ? "new to the catalogue" : `the catalogue says ${one.catalogue ? "yes" : "no"}`;
  return h("td", { class: kind }, h("strong", {}, word), one.relation === "differs" || one.relation === "new" ? h("span", { class: "badge preview" }, said) : null,
    one.error ? h("span", { class: "quiet block" }, one.error.kind) : null);
}

/** Why it was found so, and the lines for the catalogue. */
function evidence(probe) {
  const errors = new Map(probe.capabilities.filter((one) => one.error).map((one) => [one.error.message, one.error]));
  return h("article", { class: "card probe", "aria-label": probe.model },
    h("div", { class: "card-head" }, h("h3", {}, h("code", {}, probe.model)), h("span", { class: "money" }, probe.cost_usd === null ? "cost unknown" : probe.cost_usd ? usd(probe.cost_usd) : "no cost")),
    h("ul", { class: "findings" }, [...errors.values()].map((error) => h("li", { class: "error" }, `${error.kind}: ${error.message}`, error.hint ? ` \u2013 ${named(error.hint)}` : "")),
      probe.warnings.map((warning) => h("li", { class: "warning" }, warning))),
    probe.toml ? [h("p", {}, "The catalogue says otherwise. To put into models.toml:"), h("pre", {}, probe.toml.trimEnd())] : errors.size ? null : h("p", { class: "quiet" }, "The catalogue says the same."),
    h("details", {}, h("summary", {}, "Evidence"), h("dl", {}, probe.capabilities.map((one) => [h("dt", {}, one.capability), h("dd", {}, one.evidence ?? "none")]))));
}
