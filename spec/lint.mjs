// Prints how many errors and warnings Spectral has for each contract, and which. Ends with status 1
// if there are any.
import { spectral, version } from './linters.mjs';

const CONTRACT = 'openapi.yaml';
const ADMIN = 'sandbox/admin.openapi.yaml';

const table = [
  [CONTRACT, spectral('spec/spectral.yaml', [CONTRACT])],
  [ADMIN, spectral('spec/oas.yaml', [ADMIN])],
];

const row = (...cells) => console.log(cells.map((cell, i) => String(cell).padEnd([30, 8, 8][i])).join('').trimEnd());
console.log(`Spectral ${version('@stoplight/spectral-cli')}`);
row('contract', 'errors', 'warnings');
for (const [name, findings] of table) {
  const errors = findings.filter(({ error }) => error).length;
  row(name, errors, findings.length - errors);
}
const all = table.flatMap(([, findings]) => findings);
for (const { text } of all) console.log(text);
process.exitCode = all.length === 0 ? 0 : 1;
