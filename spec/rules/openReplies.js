import { everySchema, replySchemas } from './walk.js';

/** No closed enumeration and no closed object in a reply, but for the success code's one value. */
export default function openReplies(document, { except }) {
  return everySchema(document, replySchemas(document)).flatMap(({ node, path }) => {
    if (except.includes(path.at(-1))) return [];
    const problems = [];
    if ('enum' in node) {
      problems.push('An enumeration in a reply makes a new value unreadable: describe the values instead');
    }
    if (node.type === 'object' && node.additionalProperties !== true) {
      problems.push('An object in a reply must say `additionalProperties: true`');
    }
    return problems.map((message) => ({ message, path }));
  });
}
