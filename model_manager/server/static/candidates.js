// Models that a task can be given: those that meet its requirements first, with what each would cost it a month.

import { ask, Refusal } from "./api.js";
import { AUTO } from "./routes.js";

/** Days that a month of a profile has. */
const DAYS = 30;

/** What stands among the models for the choice by complexity. */
const AUTOMATIC = { id: AUTO, name: "by the query's complexity", provider: "", aliases: [], summary: "chooses by the query's complexity" };

/** The models for a task out of the catalogue; `load()` reads what each would cost. */
export function candidates(task, catalogue) {
  const byName = new Map();
  for (const model of catalogue.models) {
    for (const alias of model.aliases) byName.set(alias, model);
  }
  for (const model of catalogue.models) byName.set(model.id, model);
  let costs = null;
  let sorted = null;

  function obstacle(model) {
    const lacking = task.requires.filter((capability) => model.lacks.includes(capability));
    if (lacking.length) return { text: `lacks ${lacking.join(", ")}`, isBad: true };
    const unknown = task.requires.filter((capability) => !model.capabilities.includes(capability));
    if (unknown.length) return { text: `may lack ${unknown.join(", ")}`, isBad: false };
    if (task.min_context && model.context_window !== null && model.context_window < task.min_context) return { text: "context too small", isBad: true };
    return model.ready ? null : { text: "no key", isBad: false };
  }

  /** Ready and able first, then by price; the retired last. */
  function rank(model) {
    const found = obstacle(model);
    return (model.status === "retired" ? 8 : 0) + (found?.isBad ? 4 : 0) + (found && found.text !== "no key" ? 2 : 0) + (model.ready ? 0 : 1);
  }

  const worth = (model) => costs?.get(model.id) ?? (model.price ? model.price.input + model.price.output : Infinity);

  return {
    find: (name) => byName.get(name) ?? null,
    notes: (model) => (model === AUTOMATIC ? null : obstacle(model)),
    models() {
      sorted ??= [...(task.auto ? [AUTOMATIC] : []), ...catalogue.models.map((model) => [rank(model), worth(model), model])
        .toSorted((a, b) => a[0] - b[0] || (a[1] === b[1] ? 0 : a[1] - b[1])).map((row) => row[2])];
      return sorted;
    },
    /** US dollars a month; null where that is unknown, undefined where the task has no profile. */
    cost: (model) => (costs && model !== AUTOMATIC ? costs.get(model.id) ?? null : undefined),
    async load() {
      if (!task.profile) return;
      const { requests_per_day: requests, input_tokens: into, output_tokens: out, cache_share: cached } = task.profile;
      const body = { input_tokens: into ?? 0, output_tokens: out ?? 0, cache_read_tokens: Math.round((into ?? 0) * (cached ?? 0)), requests: Math.round((requests ?? 1) * DAYS), per: "month", all: true };
      try {
        const { document: found } = await ask("POST", "api/ai/costs", { body });
        costs = new Map(found.costs.map((row) => [row.model, row.cost_usd]));
        sorted = null;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error; // without costs it works as well
      }
    },
  };
}
