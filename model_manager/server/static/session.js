// The state of the connection, and logging in again where one is: nothing of what somebody has typed is lost.

import { h, problemBox, swap } from "./dom.js";

/** Say in the header how the page stands with its server. */
export function connection(kind, text, title = "") {
  const place = document.getElementById("connection");
  place.dataset.kind = kind;
  place.title = title;
  if (place.textContent !== text) place.textContent = text;
}

/** The form for a login that has ended; `resumed` is called when there is one again. */
export function loginAgain(resumed) {
  const token = h("input", { id: "token-again", type: "password", autocomplete: "current-password", required: true });
  const message = h("div", { "aria-live": "assertive" });
  const button = h("button", { type: "submit", class: "primary" }, "Log in");
  const dialog = h("dialog", { "aria-labelledby": "again-title", class: "login" },
    h("h2", { id: "again-title" }, "Your login has ended"),
    h("p", {}, "A restart of the server ends every login, and so does logging out in another tab. What you see is still here, but changes no more."),
    h("form", { method: "dialog", onsubmit: (event) => { event.preventDefault(); send(); } },
      h("input", { type: "text", autocomplete: "username", value: "model-manager", hidden: true }), // which a password manager looks for
      h("div", { class: "field" }, h("label", { for: "token-again" }, "Token"), token,
        h("p", { class: "help" }, "MODEL_MANAGER_SERVER_TOKEN, or that of the link which the server printed when it started.")),
      message,
      h("div", { class: "actions" }, button, h("button", { type: "button", onclick: () => dialog.close() }, "Not now"))));

  async function send() {
    button.disabled = true;
    swap(message);
    try {
      const answer = await fetch("login", { method: "POST", body: new URLSearchParams({ token: token.value }) });
      if (answer.ok) {
        dialog.close();
        resumed();
      } else if (answer.status === 401) wrong("Wrong token.");
      else swap(message, problemBox({ detail: `The server answered with status ${answer.status}.` }));
    } catch {
      swap(message, problemBox({ detail: "The server cannot be reached.", hint: "Check that the server is still running." }));
    } finally {
      token.value = "";
      button.disabled = false;
    }
  }

  function wrong(text) {
    swap(message, problemBox({ detail: text }));
    token.focus();
  }

  document.body.append(dialog);
  return {
    /** Ask for the token, on top of whatever is open. */
    open() {
      if (dialog.open) return;
      swap(message);
      dialog.showModal();
    },
  };
}
