// Prints how many errors and warnings each linter has for the contract, and which. Ends with status 1
// if there are any.
import { redocly, spectral, version } from './linters.mjs';

const CONTRACT = 'openapi.yaml';
const ADMIN = 'sandbox/admin.openapi.yaml';

const table = [
  ['Redocly, recommended-strict', version('@redocly/cli'), redocly([CONTRACT])],
  ['Spectral, all of oas and our own', version('@stoplight/spectral-cli'), spectral('spec/spectral.yaml', [CONTRACT])],
  ['Redocly, admin API', version('@redocly/cli'), redocly([ADMIN])],
  ['Spectral, all of oas, admin API', version('@stoplight/spectral-cli'), spectral('spec/oas.yaml', [ADMIN])],
];

const row = (...cells) => console.log(cells.map((cell, i) => String(cell).padEnd([36, 10, 8, 8][i])).join('').trimEnd());
row('linter', 'version', 'errors', 'warnings');
for (const [name, version, findings] of table) {
  const errors = findings.filter(({ error }) => error).length;
  row(name, version, errors, findings.length - errors);
}
const all = table.flatMap(([, , findings]) => findings);
for (const { text } of all) console.log(text);
process.exitCode = all.length === 0 ? 0 : 1;
