import { operations, resolve } from './walk.js';

/** Named examples of a success and of a failure in every 200, and one of every request. */
export default function operationExamples(document) {
  return operations(document).flatMap(({ operation, path }) => {
    const problems = [];
    const media = operation.responses?.['200']?.content?.['application/json'];
    const codes = Object.values(media?.examples ?? {}).map((example) => example?.value?.code);
    if (!codes.includes(200)) problems.push('shows no example of a success (`code` 200)');
    if (!codes.some((code) => Number.isInteger(code) && code !== 200)) {
      problems.push('shows no example of a failure (another `code`)');
    }
    const body = resolve(document, operation.requestBody, []).node;
    for (const [type, content] of Object.entries(body?.content ?? {})) {
      if (!('example' in content || 'examples' in content)) problems.push(`shows no example of a body (${type})`);
    }
    for (const reference of operation.parameters ?? []) {
      const parameter = resolve(document, reference, []).node;
      if (!('example' in parameter || 'examples' in parameter)) {
        problems.push(`shows no example of \`${parameter.name}\``);
      }
    }
    return problems.map((what) => ({ message: `\`${operation.operationId}\` ${what}`, path }));
  });
}
