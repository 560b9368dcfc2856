// What the project's rules share: references, operations, and every schema below a node.

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** A JSON pointer's steps. */
const steps = (reference) =>
  reference.slice(2).split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

/** The node itself, or what its `$ref` names, and the path of either. */
export function resolve(document, node, path) {
  const seen = new Set();
  while (typeof node?.$ref === 'string' && node.$ref.startsWith('#/') && !seen.has(node.$ref)) {
    seen.add(node.$ref);
    path = steps(node.$ref);
    node = path.reduce((at, step) => at?.[step], document);
  }
  return { node, path };
}

/** Every operation: `{ operation, path }`. */
export function operations(document) {
  return Object.entries(document.paths ?? {}).flatMap(([url, item]) =>
    METHODS.filter((method) => item?.[method]).map((method) => ({
      operation: item[method],
      path: ['paths', url, method],
    })),
  );
}

/** Every schema that a request is made of: parameters and bodies. */
export function requestSchemas(document) {
  return operations(document).flatMap(({ operation, path }) => [
    ...(operation.parameters ?? []).map((parameter, index) => {
      const found = resolve(document, parameter, [...path, 'parameters', index]);
      return { node: found.node?.schema, path: [...found.path, 'schema'] };
    }),
    ...mediaTypes(document, operation.requestBody, [...path, 'requestBody']),
  ]);
}

/** Every schema that a reply is made of. */
export function replySchemas(document) {
  return operations(document).flatMap(({ operation, path }) =>
    Object.entries(operation.responses ?? {}).flatMap(([status, response]) =>
      mediaTypes(document, response, [...path, 'responses', status]),
    ),
  );
}

function mediaTypes(document, holder, path) {
  const found = resolve(document, holder, path);
  return Object.entries(found.node?.content ?? {}).map(([type, media]) => ({
    node: media.schema,
    path: [...found.path, 'content', type, 'schema'],
  }));
}

/** The schemas and all that they are made of, each once. What is under `not` describes no value. */
export function everySchema(document, roots) {
  const found = new Map();
  const visit = (start, startPath) => {
    const { node, path } = resolve(document, start, startPath);
    const key = JSON.stringify(path);
    if (!node || typeof node !== 'object' || found.has(key)) return;
    found.set(key, { node, path });
    for (const [name, property] of Object.entries(node.properties ?? {})) {
      visit(property, [...path, 'properties', name]);
    }
    for (const word of ['allOf', 'anyOf', 'oneOf']) {
      (node[word] ?? []).forEach((member, index) => visit(member, [...path, word, index]));
    }
    for (const word of ['items', 'additionalProperties']) {
      if (typeof node[word] === 'object') visit(node[word], [...path, word]);
    }
  };
  for (const root of roots) visit(root.node, root.path);
  return [...found.values()];
}

/** The schemas under `components`, used or not. */
export function componentSchemas(document) {
  return Object.entries(document.components?.schemas ?? {}).map(([name, node]) => ({
    node,
    path: ['components', 'schemas', name],
  }));
}
