// The API, as the page uses it.

/** A refusal: the problem details of the server, or what kept it from being reached. */
export class Refusal extends Error {
  constructor(problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** Ask the server; the document that it answers, and its tag. */
export async function ask(method, path, { body, etag, signal } = {}) {
  const response = await send(method, path, { body, etag, signal });
  return { document: await response.json(), etag: response.headers.get("etag") };
}

/** The document at a path. */
export async function read(path, signal) {
  return (await ask("GET", path, { signal })).document;
}

/** The document at a path; the very one of the last time, out of `kept`, where the server says that it is the same. */
export async function readAgain(path, kept) {
  const response = await send("GET", path, {});
  const etag = response.headers.get("etag");
  const before = kept.get(path);
  if (etag && before?.etag === etag) {
    response.body?.cancel();
    return before.document;
  }
  const document = await response.json();
  kept.set(path, { etag, document });
  return document;
}

/** Ask, and be told what happens while it happens: `tell` gets the name and the document of each event. */
export async function follow(path, body, tell, signal) {
  const response = await send("POST", path, { body, signal, accept: "text/event-stream" });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const lines = part.split("\n");
      const name = lines.find((line) => line.startsWith("event: "))?.slice(7);
      const data = lines.filter((line) => line.startsWith("data: ")).map((line) => line.slice(6)).join("\n");
      if (name) tell(name, JSON.parse(data));
    }
  }
}

async function send(method, path, { body, etag, signal, accept = "application/json" }) {
  const headers = { accept };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (etag) headers["if-match"] = etag;
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal({ detail: "The server cannot be reached.", hint: "Check that the server is still running.", kind: "connection" });
  }
  if (response.ok) return response;
  let problem;
  try {
    problem = await response.json();
  } catch {
    problem = { detail: `The server answered with status ${response.status}.`, kind: "error" };
  }
  if (response.status === 401) {
    problem = { ...problem, detail: "Your login has ended.", hint: null };
    document.dispatchEvent(new CustomEvent("logged-out", { detail: problem }));
  }
  throw new Refusal(problem);
}

/** A path with a query, what is empty left out; lists become several. */
export function withQuery(path, values) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== "" && one !== null && one !== undefined && one !== false) query.append(name, String(one));
    }
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/** A model's path: slashes stay as they are. */
export function modelPath(id) {
  return `api/ai/models/${id.split("/").map(encodeURIComponent).join("/")}`;
}
