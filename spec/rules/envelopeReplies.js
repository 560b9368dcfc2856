import { operations, resolve } from './walk.js';

const name = (member) => member?.$ref?.split('/').pop();

/** A `$ref` to `anyOf: [<success>, <failure>]`, both by name and in the order of their names, in every 200. */
export default function envelopeReplies(document, options) {
  return operations(document).flatMap(({ operation, path }) => {
    const at = [...path, 'responses', '200', 'content', 'application/json', 'schema'];
    const reply = operation.responses?.['200']?.content?.['application/json']?.schema;
    const complain = (message) => [{ message, path: reply ? at : path }];
    if (reply?.anyOf) return complain('The reply must be a `$ref`: generators name their type after it');
    const schema = reply && resolve(document, reply, at).node;
    if (!Array.isArray(schema?.anyOf)) return complain('The reply is no `anyOf` of success and failure');
    const names = schema.anyOf.map(name);
    if (names.includes(undefined)) return complain('Each member of `anyOf` must be a `$ref`');
    if (names.at(-1) !== options.failure) return complain(`The last member must be ${options.failure}`);
    const sorted = [...names].sort();
    if (sorted.join() !== names.join()) {
      return complain(`The members must be sorted by name: ${sorted.join(', ')}`);
    }
    return schema.anyOf.slice(0, -1).flatMap((member) => {
      const success = resolve(document, member, at);
      if (name(success.node?.properties?.code) === options.code) return [];
      const message = `\`code\` of ${name(member)} must be a $ref to ${options.code}, which decoders check`;
      return [{ message, path: success.path }];
    });
  });
}
