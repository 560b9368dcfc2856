import { componentSchemas, everySchema } from './walk.js';

/** `x-enum-varnames`, and `x-enum-descriptions` where given, as long as `enum` and without repeats. */
export default function enumNames(document) {
  const numeric = ({ node }) => Array.isArray(node.enum) && node.enum.every(Number.isInteger);
  return everySchema(document, componentSchemas(document)).filter(numeric).flatMap(({ node, path }) => {
    const names = node['x-enum-varnames'] ?? [];
    const texts = node['x-enum-descriptions'] ?? node.enum;
    const problems = [];
    if (names.length !== node.enum.length || new Set(names).size !== names.length) {
      problems.push('`x-enum-varnames` must name each value once');
    }
    if (texts.length !== node.enum.length) problems.push('`x-enum-descriptions` must describe each value');
    return problems.map((message) => ({ message, path }));
  });
}
