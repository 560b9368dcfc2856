// Draws the contract that the sandbox serves, with a form that tries each operation.
import { call } from './call.js';
import { Contract, pointed } from './contract.js';
import { cells, element, grid, inline, json, prose } from './text.js';

/** Longer replies are cut on the screen, so that the page stays quick. */
const SHOWN = 100_000;

const at = (id) => document.getElementById(id);
async function load(path, headers = {}) {
  const response = await fetch(path, { headers });
  if (!response.ok) throw new Error(`${path}: HTTP ${response.status}`);
  return response.json();
}

/** The token of the address that the sandbox printed. It leaves the address at once, and stays for a reload. */
function adminToken() {
  const token = new URLSearchParams(location.hash.slice(1)).get('admin-token') ?? history.state?.adminToken;
  if (!token) return undefined;
  const keep = (address) => history.replaceState({ adminToken: token }, '', address);
  keep(location.hash.startsWith('#admin-token=') ? location.pathname : location.href);
  addEventListener('hashchange', () => keep(location.href));
  return token;
}

/** None without the token: then the reader pastes them. */
const loadCredentials = async (token) => (token ? load('/_sandbox/credentials', { 'x-sandbox-token': token }) : {});

function draw(contract, credentials) {
  const { info } = contract.root;
  document.title = `${info.title} sandbox`;
  at('title').replaceChildren(info.title, ' ', element('small', {}, info.version));
  const operations = contract.operations();
  const link = (id, ...text) => element('a', { href: `#${id}` }, ...text);
  at('nav').append(
    link('credentials', 'Credentials'),
    ...operations.map(({ operationId, method }) => link(operationId, badge(method), operationId)),
    link('schemas', 'Schemas'),
  );
  at('main').append(
    element('section', { id: 'about' }, prose(info.description)),
    credentialsForm(contract, credentials),
    ...operations.map((operation) => operationSection(contract, operation)),
    schemasSection(contract),
  );
  document.body.dataset.ready = '';
  at(location.hash.slice(1))?.scrollIntoView();
}

const badge = (method) => element('span', { class: `badge ${method}` }, method.toUpperCase());

function credentialsForm(contract, credentials) {
  const schemes = contract.root.components.securitySchemes;
  const rows = Object.values(schemes).map(({ name, description }) => {
    const id = `credential-${name}`;
    return element('div', { class: 'field' },
      element('label', { for: id }, element('code', {}, name), ' header'),
      element('input', { id, 'data-credential': name, value: credentials[name] ?? '', autocomplete: 'off', spellcheck: 'false' }),
      element('div', { class: 'hint' }, prose(description)));
  });
  return element('section', { id: 'credentials' },
    element('h2', {}, 'Credentials'),
    !credentials.token && element('p', { role: 'status' }, 'Paste the token and the key that the sandbox printed when it started, or open the whole address that it printed.'),
    element('p', {}, 'Every call below carries these headers. They are this sandbox’s own and open nothing else. Change one to see what a wrong one answers. Never paste real ones here.'),
    rows);
}

function enteredCredentials() {
  const inputs = [...document.querySelectorAll('[data-credential]')];
  return Object.fromEntries(inputs.map((input) => [input.dataset.credential, input.value]));
}

function operationSection(contract, operation) {
  const { operationId, method, path, summary, description } = operation;
  const reply = contract.reply(operation);
  const inputs = contract.inputs(operation);
  return element('section', { id: operationId, class: 'operation' },
    element('h2', {}, summary),
    element('p', { class: 'path' }, badge(method), ' ', element('code', {}, path)),
    element('div', { class: 'columns' },
      element('div', {},
        prose(description),
        element('h3', {}, 'Takes'),
        inputs.length === 0 && element('p', {}, 'Nothing.'),
        inputs.length > 0 && grid(['name', 'in', 'type', 'what it is'], inputs.map((input) => [
          named(input.name, input.required), input.place, typeCell(contract, input.schema, input.schema.type), inline(input.description ?? ''),
        ])),
        element('h3', {}, 'Answers'),
        prose(reply.description),
        ...reply.members.slice(0, -1).map((member) => fieldTable(contract, member)),
        Object.entries(reply.examples).map(([name, example]) => exampleBlock(name, example))),
      tryForm(contract, operation, inputs, reply)));
}

const named = (name, required) => [element('code', {}, name), required ? '' : element('small', {}, ' optional')];

function typeCell(contract, schema, name) {
  const bounds = contract.bounds(schema);
  return [name, bounds.length > 0 && element('small', {}, ': ', inline(bounds.join('; ')))];
}

function fieldTable(contract, schema) {
  return grid(['field', 'type', 'what it is'], contract.fields(schema).map(({ name, type, field, required }) => [
    named(name, required), typeCell(contract, field, type), inline(field.description ?? ''),
  ]));
}

function exampleBlock(name, { summary, value }) {
  const kind = value.code === 200 ? 'success' : 'failure';
  return element('details', { class: kind },
    element('summary', {}, element('span', { class: 'mark' }, kind), ` ${summary ?? name}`), json(value));
}

function tryForm(contract, operation, inputs, reply) {
  const id = (name) => `${operation.operationId}-${name}`;
  const output = element('div', { class: 'result', 'aria-live': 'polite' });
  const button = element('button', { type: 'submit' }, `Run ${operation.operationId}`);
  const run = async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(inputs.map(({ name }) => [name, at(id(name)).value]));
    button.disabled = true;
    output.replaceChildren(element('p', {}, 'Waiting…'));
    try {
      const result = await call(operation, inputs, values, enteredCredentials());
      output.replaceChildren(...resultBlock(contract, reply, result));
    } catch (error) {
      output.replaceChildren(...silence(operation, error));
    }
    button.disabled = false;
  };
  return element('form', { class: 'try', submit: run, autocomplete: 'off' },
    element('h3', {}, 'Try it on this sandbox'),
    inputs.map((input) => element('div', { class: 'field' },
      element('label', { for: id(input.name) }, named(input.name, input.required)), control(input, id(input.name)))),
    button, output);
}

function control({ schema, example, required, name }, id) {
  if (schema.enum) {
    const names = schema['x-enum-varnames'] ?? [];
    const option = (value, index) => element('option', { value }, `${value} ${names[index] ?? ''}`);
    return element('select', { id, name }, !required && element('option', { value: '' }, 'left out'), schema.enum.map(option));
  }
  const isNumber = schema.type === 'integer' || schema.type === 'number';
  // An example code names no voucher of this sandbox: it is shown, and not filled in.
  return element('input', {
    id, name, spellcheck: 'false', inputmode: isNumber && 'numeric',
    value: isNumber ? example : '', placeholder: isNumber ? null : `such as ${example}`,
  });
}

function resultBlock(contract, reply, { kind, title, status, code, reason, milliseconds, text, payload }) {
  const hidden = kind === 'failure' && status === 200;
  return [
    element('p', { class: `verdict ${kind}`, role: kind === 'success' ? 'status' : 'alert' }, element('strong', {}, title)),
    kind === 'failure' && meaningOf(contract, code),
    hidden && element('p', {}, 'It arrived as HTTP 200: only the payload’s ', element('code', {}, 'code'), ' tells.'),
    reason && element('p', {}, `Why, in the sandbox’s words: ${reason}.`),
    element('p', { class: 'meta' }, `HTTP ${status} in ${milliseconds} ms`),
    payload === undefined || text.length > SHOWN ? element('pre', {}, text.slice(0, SHOWN)) : json(payload),
    kind === 'success' && followUps(reply.links, payload),
  ].filter(Boolean);
}

/** What the contract's table of codes says of one. */
function meaningOf(contract, code) {
  const lines = contract.schemas().flatMap(([, { description }]) => (description ?? '').split('\n'));
  const line = lines.find((line) => line.startsWith(`| ${code} |`));
  if (!line) return false;
  const [, meaning, kind] = cells(line);
  return element('p', {}, 'In the contract: ', inline(meaning), ` (${kind}).`);
}

/** No answer is the one case in which nobody knows what was done. */
function silence(operation, error) {
  const unknown = operation.method === 'get' ? '' : ' Whether it was carried out is unknown: look before you send it again.';
  return [element('p', { class: 'verdict unreadable', role: 'alert' }, element('strong', {}, 'No answer'), ` (${error.message}).${unknown}`)];
}

/** The contract's links, as buttons that fill the form of the operation they lead to. */
function followUps(links, payload) {
  const value = (expression) => pointed(payload, String(expression).replace('$response.body#', ''));
  const buttons = Object.values(links).map(({ operationId, parameters, requestBody, description }) => {
    const given = Object.entries({ ...parameters, ...requestBody }).map(([name, from]) => [name, value(from)]);
    if (given.some(([, found]) => found === undefined)) return false;
    const follow = () => {
      for (const [name, found] of given) at(`${operationId}-${name}`).value = found;
      at(operationId).scrollIntoView();
      at(operationId).querySelector('button').focus({ preventScroll: true });
    };
    return element('button', { type: 'button', class: 'follow', click: follow, 'data-operation': operationId }, `${operationId}: ${description}`);
  });
  return element('div', {}, buttons);
}

function schemasSection(contract) {
  return element('section', { id: 'schemas' },
    element('h2', {}, 'Schemas'),
    contract.schemas().map(([name, schema]) => {
      const fields = contract.fields(schema);
      return element('details', { id: `schema-${name}` },
        element('summary', {}, element('code', {}, name), ' ', element('small', {}, typeCell(contract, schema, contract.merged(schema).type ?? 'object'))),
        prose(schema.description), fields.length > 0 && fieldTable(contract, schema));
    }));
}

try {
  const [root, credentials] = await Promise.all([load('/openapi.json'), loadCredentials(adminToken())]);
  draw(new Contract(root), credentials);
} catch (error) {
  at('title').textContent = 'The contract could not be loaded';
  at('main').append(element('p', { role: 'alert' }, `${error}. Is the sandbox still running? Reload the page.`));
}
