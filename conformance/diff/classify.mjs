// What changed between two contracts, and of which kind each change is.
//
// Every difference between the two texts is found, and is breaking unless a rule below says that it is not: what
// nobody thought of is breaking.
import { isNode, LineCounter, parseDocument } from "yaml";
import { differences } from "./differences.mjs";
import { isText, textKind } from "./texts.mjs";

export const KINDS = ["breaking", "meaning", "additive", "editorial"];

/** The rows of the table: `{ kind, where, what, text }`, the breaking ones first. `text` is what is there now. */
export function classify(baseText, revisionText) {
  const [base, revision] = [read(baseText), read(revisionText)];
  const requestOnly = new Set([...schemasOf(base.root, "request")].filter((name) => !replySchema(base, revision, name)));
  const changes = differences(base.root, revision.root).filter(({ path }) => path.join("/") !== "info/version");
  const rows = changes.map((change) => ({
    kind: kindOf(change, requestOnly),
    where: where(change, revision),
    what: what(change),
    text: JSON.stringify(change.after ?? null),
  }));
  return rows.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

function read(text) {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) throw document.errors[0];
  return { root: document.toJS(), document, lines };
}

const replySchema = (base, revision, name) =>
  schemasOf(base.root, "reply").has(name) || schemasOf(revision.root, "reply").has(name);

/** The named schemas that a request, or a reply, is made of. */
function schemasOf(root, side) {
  const found = new Set();
  const walk = (node) => {
    if (node === null || typeof node !== "object") return;
    const name = typeof node.$ref === "string" ? node.$ref.split("/").pop() : undefined;
    if (name !== undefined && !found.has(node.$ref)) {
      found.add(node.$ref);
      walk(node.$ref.split("/").slice(1).reduce((at, step) => at?.[step], root));
    }
    Object.values(node).forEach(walk);
  };
  for (const item of Object.values(root.paths)) {
    for (const operation of Object.values(item)) {
      walk(side === "reply" ? operation.responses : [operation.requestBody, operation.parameters]);
    }
  }
  return new Set([...found].map((reference) => reference.split("/").pop()));
}

function kindOf(change, requestOnly) {
  if (isText(change.path)) return textKind(change);
  return isAdditive(change, requestOnly) ? "additive" : "breaking";
}

/** The known changes after which every caller and every generated client works as before. */
function isAdditive({ path, before, after }, requestOnly) {
  const isNew = before === undefined;
  const [key, parent] = [path.at(-1), path.at(-2)];
  const [room] = path;
  const inRequest = room === "components" ? requestOnly.has(path[2]) : ["parameters", "requestBody"].includes(path[3]);
  if (room === "paths" && path.length <= 3) return isNew;
  if (room === "servers" && path.length === 2) return isNew;
  if (parent === "schemas" && path.length === 3) return isNew;
  if (parent === "parameters" && path.length === 5) return isNew && after.required !== true;
  if (parent === "links") return isNew;
  if (key === "deprecated") return after === true;
  if (parent === "properties") return isNew;
  // A required field that is new would be one more argument of the constructors that fixtures are built with, and
  // every reply of a service that does not send it yet would be unreadable. Left out of `required` it is additive.
  if (parent === "enum" || parent === "x-enum-varnames") return isNew && inRequest;
  const [from, to] = [before ?? Number.NaN, after ?? Number.NaN];
  if (key === "minimum" || key === "minLength") return inRequest && to < from;
  if (key === "maximum" || key === "maxLength") return inRequest && to > from;
  return false;
}

/** `POST /api/cdk/create: requestBody …`, without the steps that say nothing, and the line. */
function where({ path, after }, { document, lines }) {
  const node = after === undefined ? undefined : document.getIn(path.map(String), true);
  const line = isNode(node) && node.range ? ` (line ${lines.linePos(node.range[0]).line})` : "";
  if (path[0] !== "paths" || path.length < 3) return path.join(" ") + line;
  const silent = (step) => /^(content|schema|properties|application\/.*)$/.test(step);
  const rest = path.slice(3).filter((step) => !silent(step));
  return `${path[2].toUpperCase()} ${path[1]}${rest.length > 0 ? ": " : ""}${rest.join(" ")}${line}`;
}

function what({ before, after }) {
  if (before === undefined) return `added: ${short(after)}`;
  if (after === undefined) return `removed: ${short(before)}`;
  if (typeof before !== "string" || typeof after !== "string") return `${short(before)} → ${short(after)}`;
  // Of two long texts, the part in which they begin to differ.
  const start = Math.max(0, [...before].findIndex((letter, index) => letter !== after[index]) - 20);
  return `${short(before, start)} → ${short(after, start)}`;
}

function short(value, start = 0) {
  const text = JSON.stringify(typeof value === "string" ? value.slice(start) : value);
  return `${start > 0 ? "…" : ""}${text.length > 60 ? `${text.slice(0, 59)}…` : text}`;
}
