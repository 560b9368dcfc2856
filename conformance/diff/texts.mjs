// Changes of what only people read, and which of them change a meaning.

/** Keys under which only people look. */
const TEXTS = new Set(["description", "summary", "title", "example", "examples", "externalDocs", "contact", "license"]);
const OTHERS = new Set(["x-enum-descriptions", "x-pages-read"]);

/** Below these every key is a name that somebody chose, `title` too. */
const NAMES = new Set(["properties", "schemas", "paths", "parameters", "responses", "securitySchemes", "links"]);

export function isText(path) {
  return path.some((step, index) => (TEXTS.has(step) || OTHERS.has(step)) && !NAMES.has(path[index - 1]));
}

/**
 * "meaning" if a text changed in what callers go by: a row of the table of codes, a decision, a number, a unit. A
 * reviewer must confirm it. Else "editorial".
 */
export function textKind({ path, before, after }) {
  const key = path.findLast((step) => TEXTS.has(step) || OTHERS.has(step));
  if (key === "x-enum-descriptions") return before === undefined ? "editorial" : "meaning";
  if (key !== "description" || path[0] === "tags") return "editorial";
  return facts(before) === facts(after) ? "editorial" : "meaning";
}

const UNITS = /\b(milliseconds?|seconds?|minutes?|hours?|days?|bytes?|[KMGT]i?B|count|Unix)\b/g;

function facts(text) {
  if (typeof text !== "string") return text === undefined ? "" : JSON.stringify(text);
  const rows = text.match(/^\s*\|.*\|$/gm) ?? [];
  const flat = text.replaceAll(/\s+/g, " ");
  const decisions = flat.match(/\bDecisions?\b.*?(?=(?:Source:|Decision|$))/g) ?? [];
  const numbers = flat.match(/\b\d[\d,.]*\b/g) ?? [];
  return JSON.stringify([rows, decisions, numbers.sort(), (flat.match(UNITS) ?? []).sort()]);
}
