import { componentSchemas, everySchema, operations, replySchemas, requestSchemas, resolve } from './walk.js';

const NUMBERS = ['integer', 'number'];

/** All that a reader learns about a value: its own description, and that of the schema it refers to. */
function texts(document, schema) {
  const { node } = resolve(document, schema, []);
  const inherited = (node?.allOf ?? []).flatMap((member) => texts(document, member));
  return [node?.description ?? '', ...inherited];
}

function isNumber(document, schema) {
  const { node } = resolve(document, schema, []);
  return NUMBERS.includes(node?.type) || (node?.allOf ?? []).some((member) => isNumber(document, member));
}

export default function describedProperties(document, { units }) {
  const schemas = [...componentSchemas(document), ...requestSchemas(document), ...replySchemas(document)];
  const values = everySchema(document, schemas).flatMap(({ node, path }) =>
    Object.entries(node.properties ?? {}).map(([name, schema]) => ({
      name,
      schema,
      own: texts(document, schema),
      path: [...path, 'properties', name],
    })),
  );
  for (const { operation, path } of operations(document)) {
    (operation.parameters ?? []).forEach((reference, index) => {
      const { node } = resolve(document, reference, []);
      const own = [node.description ?? '', ...texts(document, node.schema)];
      values.push({ name: node.name, schema: node.schema, own, path: [...path, 'parameters', index] });
    });
  }
  return values.flatMap(({ name, schema, own, path }) => {
    const text = own.join(' ').replaceAll(/\s+/g, ' ').trim();
    const missing = [];
    if (text === '') missing.push('a description');
    if (!/\bSource: \S/.test(text)) missing.push('"Source: …", the page that it is known from');
    if (isNumber(document, schema) && !units.some((unit) => text.includes(unit))) {
      missing.push('its unit, one that the ruleset lists');
    }
    return missing.map((what) => ({ message: `\`${name}\` lacks ${what}`, path }));
  });
}
