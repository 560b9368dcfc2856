import { everySchema, requestSchemas } from './walk.js';

const BOUNDS = { integer: ['minimum'], number: ['minimum'], string: ['pattern', 'minLength', 'maxLength'] };

/** Each number and text that is sent is an enumeration, or has bounds. */
export default function closedRequests(document) {
  return everySchema(document, requestSchemas(document)).flatMap(({ node, path }) => {
    const bounds = BOUNDS[node.type];
    if (!bounds || 'enum' in node || bounds.some((word) => word in node)) return [];
    const message = `A request's ${node.type} must be bounded: give it an \`enum\` or ${bounds.join(', ')}`;
    return [{ message, path }];
  });
}
