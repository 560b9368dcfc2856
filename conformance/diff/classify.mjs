// What changed between two contracts, and of which kind each change is.
//
// `redocly diff` finds the changes and rates most of them. Corrected here are the breaking ones that it takes
// for harmless: a form field or a named schema that goes, a constant that is renamed, an open list that closes.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";

export const KINDS = ["breaking", "additive", "editorial"];

/** Keys under which only people look. */
const TEXTS = new Set(["description", "summary", "title", "example", "examples", "x-enum-descriptions", "externalDocs"]);
const TEXT_TYPES = new Set(["Example", "ExamplesMap", "Info", "Contact", "License", "ExternalDocs", "Tag", "TagList"]);

const REDOCLY = fileURLToPath(new URL("node_modules/.bin/redocly", import.meta.url));

/** The rows of the table: `{ kind, where, what }`, the breaking ones first. */
export function classify(baseText, revisionText) {
  const [base, revision] = [parse(baseText), parse(revisionText)];
  const rows = [...redocly(baseText, revisionText), ...generated(base, revision)];
  if (rows.length === 0 && !isDeepStrictEqual(withoutTexts(base), withoutTexts(revision))) {
    rows.push({ kind: "breaking", where: "#", what: "a change that nothing here rates: look at it, and teach classify.mjs" });
  }
  return rows.sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

function redocly(baseText, revisionText) {
  const folder = mkdtempSync(join(tmpdir(), "contract-diff-"));
  try {
    const files = [join(folder, "base.yaml"), join(folder, "revision.yaml")];
    writeFileSync(files[0], baseText);
    writeFileSync(files[1], revisionText);
    const run = spawnSync(REDOCLY, ["diff", ...files, "--format", "json", "--fail-on", "none"], {
      encoding: "utf8",
      cwd: folder,
      env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
      maxBuffer: 64 * 1024 * 1024,
    });
    if (run.status !== 0) throw new Error(`redocly diff failed:\n${run.stdout}${run.stderr}`);
    return JSON.parse(run.stdout)
      .changes.filter((change) => !(change.typeName === "Info" && change.property === "version"))
      .map((change) => ({ kind: kindOf(change), where: where(change), what: what(change) }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function kindOf({ kind, impact, property, typeName, path }) {
  if (impact === "major" || (kind === "removed" && typeName === "Schema")) return "breaking";
  const steps = path.split("/");
  const inText = TEXTS.has(property) || TEXT_TYPES.has(typeName) || steps.some((step) => step === "examples");
  return inText ? "editorial" : "additive";
}

/** `POST /api/cdk/create: requestBody …`, without the steps that say nothing, and the line. */
function where({ path, base, revision }) {
  const steps = path.replace(/^#\//, "").split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const at = revision ?? base;
  const line = at?.line ? ` (line ${at.line}${revision ? "" : " before"})` : "";
  if (steps[0] !== "paths" || steps.length < 3) return steps.join(" ") + line;
  const silent = (step) => /^(content|schema|properties|anyOf|allOf|\d|application\/.*)$/.test(step);
  const rest = steps.slice(3).filter((step) => !silent(step));
  return `${steps[2].toUpperCase()} ${steps[1]}${rest.length ? ": " : ""}${rest.join(" ")}${line}`;
}

function what({ kind, typeName, property, verdicts, base, revision }) {
  if (verdicts.length > 0) return verdicts.map((verdict) => verdict.message).join(" ");
  const value = (side) => (side?.value === undefined ? "" : ` ${short(JSON.stringify(side.value))}`);
  if (kind === "removed" && typeName === "Schema") return "gone: what is sent in it, or generated from it, breaks";
  const name = [typeName, property].filter((part) => part !== undefined).join(" ");
  return kind === "modified" ? `${name}:${value(base)} →${value(revision)}` : `${name} ${kind}`;
}

const short = (text) => (text.length > 40 ? `${text.slice(0, 39)}…` : text);

/** What breaks generated code, and no request or reply. */
function generated(base, revision) {
  const rows = [];
  for (const [name, schema] of Object.entries(base.components?.schemas ?? {})) {
    const now = revision.components?.schemas?.[name];
    if (!now) continue; // redocly says so
    const breaks = (what) => rows.push({ kind: "breaking", where: `components schemas ${name}`, what });
    if (now.enum && !schema.enum) breaks("the list of values is closed now: generated decoders refuse every other value");
    (schema["x-enum-varnames"] ?? []).forEach((constant, index) => {
      const at = (now.enum ?? []).indexOf(schema.enum[index]);
      const renamed = now["x-enum-varnames"]?.[at];
      if (at >= 0 && renamed !== constant) breaks(`the constant ${constant} is called ${renamed} now`);
    });
  }
  return rows;
}

/** Properties may bear any name, `title` too: below `properties` every key counts. */
function withoutTexts(node, named = false) {
  if (Array.isArray(node)) return node.map((item) => withoutTexts(item));
  if (node === null || typeof node !== "object") return node;
  const kept = Object.entries(node).filter(([key]) => named || !(TEXTS.has(key) || key === "info"));
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutTexts(value, !named && key === "properties")]));
}
