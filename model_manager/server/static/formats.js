// Figures of calls in words: money, times, shares and periods.

import { duration, plural, usd } from "./dom.js";

/** The name of a task of the overview. */
export function nameOf(task) {
  return task.others ? plural(task.others, "other task") : task.task ?? "without a task";
}

/** What was spent: known costs, and a mark where some are unknown. */
export function amount(figures) {
  if (figures.cost_usd === null) return "?";
  return `${spent(figures.cost_usd)}${figures.unpriced_calls ? "+?" : ""}`;
}

/** Money as people read sums: cents, or more digits of less. Marks of an axis, `step` apart, have the same digits. */
export function spent(cost, step = null) {
  if (cost === null) return "?";
  if (step) return cost === 0 ? "$0" : `$${mark(cost, step, step < 1 ? 2 : 0)}`;
  if (cost !== 0 && cost < 0.01) return usd(cost);
  const digits = cost >= 100_000 ? 0 : 2;
  return `$${cost.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
}

/** A share as percents with as many digits as tell something; marks of an axis, `step` apart, have the same digits. */
export function percent(share, step = null) {
  if (step) return share === 0 ? "0%" : `${mark(share * 100, step * 100)}%`;
  const percents = share * 100;
  if (percents > 0 && percents < 0.01) return "<0.01%";
  return `${percents >= 10 || percents === 0 ? Math.round(percents) : percents.toFixed(percents < 0.1 ? 2 : 1)}%`;
}

/** A time in milliseconds on an axis. */
export function seconds(milliseconds, step) {
  if (milliseconds === 0) return "0 s";
  return step >= 250 ? `${mark(milliseconds / 1000, step / 1000)} s` : duration(milliseconds);
}

/** A number on an axis: as many digits as the step between two of them has. */
function mark(value, step, least = 0) {
  if (step >= 10_000) return value.toLocaleString("en", { notation: "compact", maximumFractionDigits: 1 });
  let digits = 0;
  while (digits < 12 && !isWhole(step * 10 ** digits)) digits++;
  digits = Math.max(digits, least);
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function isWhole(value) {
  return Math.abs(value - Math.round(value)) < 1e-6 * value;
}

/** A time in milliseconds; nothing where there is none. */
export function time(milliseconds) {
  return milliseconds === null ? "" : duration(milliseconds);
}

/** How a number compares with that of an earlier time. */
export function compared(now, before, words) {
  if (!before || now === null) return "";
  const ratio = now / before;
  if (Math.abs(ratio - 1) < 0.005) return `as in ${words}`;
  if (ratio >= 10) return `${Math.round(ratio).toLocaleString("en")}\u00d7 that of ${words}`;
  return `${Math.round(Math.abs(ratio - 1) * 100)}% ${ratio > 1 ? "more" : "less"} than in ${words}`;
}

/** A moment in a time zone, as the API names it; in the visitor's own where the browser does not know it. */
export function moment(text, zone, options = {}) {
  const write = (timeZone) =>
    new Date(text).toLocaleString("en", { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone, ...options });
  try {
    return write(zone.replace(/^UTC(?=[+-])/, ""));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return write(undefined);
  }
}

/** The labels of a period, in the time zone of the report: its texts have the local time. */
export function labels(start, end, hours) {
  const local = new Date(`${start.slice(0, 19)}Z`);
  const write = (options) => local.toLocaleString("en", { timeZone: "UTC", ...options });
  const day = write({ month: "short", day: "numeric" });
  const weekday = write({ weekday: "short", month: "short", day: "numeric" });
  const clock = start.slice(11, 16);
  if (hours >= 24) return { short: day, long: weekday };
  return { short: hours === 1 ? clock : clock === "00:00" ? day : "", long: `${weekday}, ${clock}\u2013${end.slice(11, 16)}` };
}
