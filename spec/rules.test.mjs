// Breaks the contract, once for each thing that a rule is there to find, and sees that it finds it.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { root, spectral } from './linters.mjs';

const contract = readFileSync(join(root, 'openapi.yaml'), 'utf8');
const create = (document) => document.paths['/api/cdk/create'].post;
const list = (document) => document.paths['/api/cdk/list'].get;
const success = (operation) => operation.responses['200'].content['application/json'];
const reply = (document) => document.components.schemas.ListCdksReply;

/** What is done to the contract, the rule that must find it, and part of what it must say. */
const MUTATIONS = [
  ['a property loses its description', 'property-described', '`use_username` lacks a description', (at) => {
    delete at.components.schemas.Redemption.properties.use_username.description;
  }],
  ['a property is added without a source', 'property-described', '`note` lacks "Source:', (at) => {
    at.components.schemas.Cdk.properties.note = { type: 'string', description: 'A note.', example: 'a' };
  }],
  ['a number is added without a unit', 'property-described', '`age` lacks its unit', (at) => {
    const description = 'How old it is. Source: the page "Get CDK List".';
    at.components.schemas.Cdk.properties.age = { type: 'integer', description, example: 1 };
  }],
  ['a parameter is added without a source', 'property-described', '`q` lacks "Source:', (at) => {
    const schema = { type: 'string', minLength: 1, description: 'Text.' };
    list(at).parameters.push({ name: 'q', in: 'query', description: 'What to look for.', schema, example: 'a' });
  }],
  ['a reply is one schema', 'envelope-reply', 'no `anyOf`', (at) => {
    success(list(at)).schema = { $ref: '#/components/schemas/ListCdksSuccess' };
  }],
  ['a reply is oneOf', 'envelope-reply', 'no `anyOf`', (at) => {
    reply(at).oneOf = reply(at).anyOf;
    delete reply(at).anyOf;
  }],
  ['a reply has no name', 'envelope-reply', 'must be a `$ref`', (at) => {
    success(list(at)).schema = reply(at);
  }],
  ['the failure comes first', 'envelope-reply', 'last member must be VendorFailure', (at) => {
    reply(at).anyOf.reverse();
  }],
  ['two successes are out of order', 'envelope-reply', 'sorted by name: CreateCdksSuccess, ListCdksSuccess', (at) => {
    reply(at).anyOf.splice(1, 0, { $ref: '#/components/schemas/CreateCdksSuccess' });
  }],
  ['a failure has a name that sorts before the success', 'envelope-reply', 'last member must be', (at) => {
    at.components.schemas.Failure = at.components.schemas.VendorFailure;
    reply(at).anyOf[1] = { $ref: '#/components/schemas/Failure' };
  }],
  ['a member of a reply has no name', 'envelope-reply', 'must be a `$ref`', (at) => {
    reply(at).anyOf[0] = at.components.schemas.ListCdksSuccess;
  }],
  ['a success writes its code inline', 'envelope-reply', 'must be a $ref to SuccessCode', (at) => {
    const { description } = at.components.schemas.SuccessCode;
    at.components.schemas.ListCdksSuccess.properties.code = { type: 'integer', enum: [200], description };
  }],
  ['an operation shows no failure', 'operation-examples', '`createCdks` shows no example of a failure', (at) => {
    delete success(create(at)).examples.insufficientBalance;
  }],
  ['an operation shows no success', 'operation-examples', '`createCdks` shows no example of a success', (at) => {
    delete success(create(at)).examples.success;
  }],
  ['a request shows no body', 'operation-examples', 'no example of a body', (at) => {
    delete create(at).requestBody.content['application/x-www-form-urlencoded'].example;
  }],
  ['a parameter shows no value', 'operation-examples', 'no example of `status`', (at) => {
    delete list(at).parameters[0].example;
  }],
  ['the statuses of a reply are closed', 'reply-open', 'makes a new value unreadable', (at) => {
    at.components.schemas.CdkStatus.enum = [1, 2, 3];
  }],
  ['the object of a reply is closed', 'reply-open', 'additionalProperties: true', (at) => {
    delete at.components.schemas.Cdk.additionalProperties;
  }],
  ['the statuses of a request are open', 'request-closed', "request's integer must be bounded", (at) => {
    delete at.components.schemas.CdkStatusFilter.enum;
  }],
  ['a number of a request has no minimum', 'request-closed', "request's integer must be bounded", (at) => {
    delete at.components.schemas.CreateCdksRequest.properties.flow.minimum;
  }],
  ['an enumeration has a name too few', 'enum-names', 'must name each value once', (at) => {
    at.components.schemas.CdkStatusFilter['x-enum-varnames'].pop();
  }],
  ['an enumeration has a description too few', 'enum-names', 'must describe each value', (at) => {
    at.components.schemas.CdkStatusFilter['x-enum-descriptions'].pop();
  }],
  ['a link leads to no operation', 'link-target', 'There is no operation `getCdks`', (at) => {
    create(at).responses['200'].links.getCreated.operationId = 'getCdks';
  }],
  ['a link gives a parameter that is not taken', 'link-target', '`getCdk` does not take `code`', (at) => {
    create(at).responses['200'].links.getCreated.parameters = { code: '$response.body#/data/cdk/0' };
  }],
  ['a link gives a body field that is not taken', 'link-target', '`revokeCdk` does not take `code`', (at) => {
    create(at).responses['200'].links.revokeCreated.requestBody = { code: '$response.body#/data/cdk/0' };
  }],
  ['an operation loses its summary', 'operation-summary', 'summary', (at) => {
    delete list(at).summary;
  }],
  ['an operation documents no refusal', 'operation-refusal', 'to a wrong request', (at) => {
    delete list(at).responses['4XX'];
  }],
  ['the contract asks for no credentials', 'security-declared', 'security', (at) => {
    delete at.security;
  }],
  ['a server is of this machine', 'server-public', 'servers/0/url', (at) => {
    at.servers[0].url = 'http://localhost:4010';
  }],
  ['the example of a reply has a wrong type', 'oas3-valid-media-example', 'match', (at) => {
    success(list(at)).examples.success.value.data[0].traffic = '3';
  }],
  ['the example of a request is out of range', 'oas3-valid-media-example', '>= 1', (at) => {
    create(at).requestBody.content['application/x-www-form-urlencoded'].example.num = 0;
  }],
  ['the example of a schema has a wrong type', 'oas3-valid-schema-example', 'integer', (at) => {
    at.components.schemas.Timestamp.example = 'yesterday';
  }],
  ['the example of a parameter is none of its values', 'oas3-valid-media-example', 'allowed', (at) => {
    list(at).parameters[0].example = 4;
  }],
];

const folder = 'target/spec/mutations';
const file = (index) => `${folder}/${index}.json`;

/** The contract after a change, which must have changed something. */
function write(index, mutate) {
  const document = parse(contract);
  const before = JSON.stringify(document);
  mutate(document);
  assert.notEqual(JSON.stringify(document), before, 'nothing was changed');
  writeFileSync(join(root, file(index)), JSON.stringify(document, null, 1));
}

rmSync(join(root, folder), { recursive: true, force: true });
mkdirSync(join(root, folder), { recursive: true });
MUTATIONS.forEach(([, , , mutate], index) => write(index, mutate));
const findings = spectral('spec/spectral.yaml', MUTATIONS.map((_, index) => file(index)));

MUTATIONS.forEach(([name, rule, part], index) => {
  test(`${rule} finds that ${name}`, () => {
    const here = findings.filter((finding) => finding.file === file(index));
    const found = here.filter((finding) => finding.rule === rule && finding.error && finding.text.includes(part));
    assert.notEqual(found.length, 0, `it says only:\n${here.map(({ text }) => text).join('\n')}`);
  });
});

test('every rule of our own is tried', () => {
  const own = ['oas', 'spectral'].flatMap((name) =>
    Object.keys(parse(readFileSync(join(root, `spec/${name}.yaml`), 'utf8')).rules));
  const tried = new Set(MUTATIONS.map(([, rule]) => rule));
  assert.deepEqual(own.filter((rule) => !tried.has(rule)), []);
});
