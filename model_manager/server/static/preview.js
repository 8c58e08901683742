// What a change of a route would do, as the server finds it: the cost a month, lines of the file, warnings.

import { delta, h, usd } from "./dom.js";
import { AUTO } from "./routes.js";

/** What a dry run found; `estimate` is the cost of the new route, where the server cannot compare it with the old one. */
export function change(found, task, isSame, estimate) {
  const difference = differenceOf(found, task, isSame);
  const known = difference !== null && task.monthly_usd !== null;
  const monthly = monthlyWith(found, task, isSame, estimate);
  return h("div", {},
    h("dl", { class: "impact" },
      h("dt", {}, "Cost"), h("dd", {}, h("strong", { class: "money" }, monthly === null ? "unknown" : aMonth(monthly)),
        monthly === null && !task.profile ? h("span", { class: "quiet" }, " (the task has no profile)") : null),
      known && found.diff !== null ? [h("dt", {}, "Difference"), h("dd", { class: difference > 0 ? "costlier" : difference < 0 ? "cheaper" : "" }, difference === 0 ? delta(0) : `${delta(difference)} a month`)] : null),
    found.warnings.length ? h("ul", { class: "findings" }, found.warnings.map((text) => h("li", { class: "warning" }, text))) : null,
    found.diff === null
      ? h("p", { class: "quiet" }, `${found.file} already has this.`)
      : h("pre", { class: "diff", role: "region", "aria-label": `What changes in ${found.file}`, tabindex: "0" }, lines(found.diff)));
}

/** What the new route costs more than the present one; null where nobody knows, or where the present one is not the file's. */
function differenceOf(found, task, isSame) {
  if (task.source?.kind === "environment") return null; // the server compares with what the file has
  return isSame ? 0 : found.monthly_delta_usd;
}

/** What the new route costs a month: by the server where it can say, else by the estimate; null where nobody knows. */
export function monthlyWith(found, task, isSame, estimate) {
  const difference = differenceOf(found, task, isSame);
  return difference !== null && task.monthly_usd !== null ? task.monthly_usd + difference : estimate;
}

/** A cost a month in words. */
export function aMonth(cost) {
  return cost === 0 ? "free" : `${usd(cost)} a month`;
}

function lines(diff) {
  return diff.trimEnd().split("\n").map((line) => h("span", {
    class: line.startsWith("+") && !line.startsWith("+++") ? "added" : line.startsWith("-") && !line.startsWith("---") ? "removed" : "",
  }, `${line}\n`));
}

/** What a route's first option costs a month by the costs of its models; null where one of them is unknown. */
export function monthlyOf(options, cost) {
  const first = options?.[0]?.filter((one) => one.percent !== 0) ?? [];
  if (!first.length || first.some((one) => !one.name || one.name === AUTO)) return null;
  const weight = (one) => (one.percent === null ? 1 / first.length : one.percent / 100);
  return first.reduce((sum, one) => {
    const each = cost(one.name);
    return sum === null || each === null || each === undefined ? null : sum + each * weight(one);
  }, 0);
}
