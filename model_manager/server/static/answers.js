// Answers of a live test: a card for each model, its text as it comes.

import { h, named, swap } from "./dom.js";

/** One model's answer; of several calls the latest is shown, and what went wrong with any. */
export function answerCard(id, runs) {
  const state = h("p", { class: "state" }, "waiting");
  const words = document.createTextNode("");
  const text = h("pre", { class: "answer", tabindex: "0", role: "region", "aria-label": `Answer of ${id}` }, words);
  const facts = h("p", { class: "quiet facts" });
  const notes = h("ul", { class: "findings" });
  let isOver = false;
  let waiting = "";
  let frame = 0;
  /** Show what has come since the last frame: a layout for each piece of a fast stream would stop the page. */
  function flush() {
    cancelAnimationFrame(frame);
    frame = 0;
    if (!waiting) return;
    words.appendData(waiting);
    waiting = "";
    text.scrollTop = text.scrollHeight;
  }
  /** What several calls have in common is said once. */
  const note = (kind, words) => {
    if (![...notes.children].some((one) => one.textContent === words)) notes.append(h("li", { class: kind }, words));
  };
  const element = h("article", { class: "card answer-card", "aria-label": id }, h("div", { class: "card-head" }, h("h3", {}, h("code", {}, id))), state, facts, text, notes);
  return {
    element,
    started(number) {
      flush();
      words.data = "";
      state.textContent = runs > 1 ? `called, ${number} of ${runs}` : "called";
    },
    text(piece) {
      if (!waiting && !words.length) state.textContent = "answering";
      waiting += piece;
      if (!frame) frame = requestAnimationFrame(flush);
    },
    notice(found) {
      note("info", found.text);
    },
    finished(found, number, passed) {
      isOver = number === runs;
      flush();
      const isGood = runs > 1 ? passed === runs : found.ok;
      state.textContent = runs > 1 && isOver ? `${passed} of ${runs} answered` : found.ok ? "answered" : `failed: ${found.error.kind}`;
      if (isOver) state.classList.add(isGood ? "good" : "bad");
      if (found.text !== null) words.data = found.text;
      const { input_tokens: into, output_tokens: out } = found.usage;
      swap(facts, [
        found.tokens_per_second === null ? null : `${Math.round(found.tokens_per_second).toLocaleString("en")} tokens/s`,
        into === null && out === null ? null : `${into ?? "?"} tokens in, ${out ?? "?"} out`,
      ].filter(Boolean).join(", "));
      for (const call of found.tool_calls) note("info", `calls ${call.name}(${JSON.stringify(call.arguments)})`);
      for (const warning of found.warnings) note("warning", warning);
      if (found.error) note("error", `${found.error.message}${found.error.hint ? ` \u2013 ${named(found.error.hint)}` : ""}`);
      text.hidden = isOver && !words.length && !isGood;
    },
    end(word) {
      if (isOver) return;
      isOver = true;
      flush();
      state.textContent = word;
      state.classList.add("bad");
    },
  };
}
