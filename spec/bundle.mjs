// Makes openapi.json, the form of the contract for generators, of openapi.yaml: bundle.mjs [--check] [YAML JSON].
// `--check` compares alone.
//
// What differs, since generators stumble over it:
// - a response's `links` are called `x-links`, which generators pass over;
// - a number or a string that is wrapped in `allOf`, to bear a description of its own, is written out; so is an object
//   that `allOf` puts together, since Go refuses a new field in it otherwise;
// - `4XX` and `5XX` are one `default`;
// - a schema that nobody refers to then is left out.
// The table of error codes is there as data, `x-error-codes`.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { errorCodes } from './error-codes.mjs';

const at = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));

export function bundle(yaml) {
  const document = parse(yaml);
  for (const item of Object.values(document.paths)) {
    for (const operation of Object.values(item)) operation.responses = responses(operation.responses);
  }
  document.components.responses = { Failure: failure(document.components.responses) };
  const { schemas } = document.components;
  schemas.VendorCode['x-error-codes'] = errorCodes(schemas.VendorCode.description);
  const written = writtenOut(document, schemas);
  const used = JSON.stringify(written);
  for (const name of Object.keys(schemas)) {
    if (!used.includes(`"#/components/schemas/${name}"`)) delete written.components.schemas[name];
  }
  return `${JSON.stringify(written, null, 2)}\n`;
}

function responses({ 200: { links, ...success } }) {
  return {
    200: links ? { ...success, 'x-links': links } : success,
    default: { $ref: '#/components/responses/Failure' },
  };
}

/** One response for every other status; the texts of both are kept. */
function failure({ ClientFailure, ServerFailure }) {
  const description = `4XX: ${ClientFailure.description} 5XX: ${ServerFailure.description}`;
  return { description, content: ClientFailure.content };
}

/** Replaces `allOf: [$ref to a number or a string]` by what it refers to, with the texts that stand beside. */
function writtenOut(node, schemas) {
  if (Array.isArray(node)) return node.map((item) => writtenOut(item, schemas));
  if (node === null || typeof node !== 'object') return node;
  const { allOf, ...beside } = node;
  const parts = allOf?.map(({ $ref }) => schemas[$ref?.split('/').pop()]);
  if (parts?.every((part) => part?.type === 'object')) return writtenOut(merged(parts, beside), schemas);
  const target = allOf?.length === 1 && schemas[allOf[0].$ref?.split('/').pop()];
  if (target && target.type !== 'object') {
    const description = `${beside.description} ${target.description}`;
    return { ...target, ...beside, description };
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, writtenOut(value, schemas)]));
}

function merged(parts, beside) {
  const properties = Object.assign({}, ...parts.map((part) => part.properties));
  const required = parts.flatMap((part) => part.required ?? []);
  return { type: 'object', additionalProperties: true, required, properties, ...beside };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [yaml = at('openapi.yaml'), json = at('openapi.json')] = process.argv.slice(2).filter((name) => name !== '--check');
  const text = bundle(readFileSync(yaml, 'utf8'));
  if (!process.argv.includes('--check')) writeFileSync(json, text);
  else if (readFileSync(json, 'utf8') !== text) {
    console.error('openapi.json is not what openapi.yaml says now. Fix: just bundle');
    process.exitCode = 1;
  }
}
