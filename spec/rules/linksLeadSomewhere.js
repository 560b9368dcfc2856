import { operations, resolve } from './walk.js';

/** What a link calls exists, and takes what the link gives it. */
export default function linksLeadSomewhere(document) {
  const all = operations(document);
  const known = new Map(all.map(({ operation }) => [operation.operationId, operation]));
  return all.flatMap(({ operation, path }) =>
    Object.entries(operation.responses ?? {}).flatMap(([status, response]) =>
      Object.entries(response.links ?? {}).flatMap(([name, link]) => {
        const at = [...path, 'responses', status, 'links', name];
        const target = known.get(link.operationId);
        if (!target) return [{ message: `There is no operation \`${link.operationId}\``, path: at }];
        return unknownNames(document, target, link).map((wrong) => ({
          message: `\`${link.operationId}\` does not take \`${wrong}\``,
          path: at,
        }));
      }),
    ),
  );
}

function unknownNames(document, operation, link) {
  const parameters = (operation.parameters ?? []).map((one) => resolve(document, one, []).node?.name);
  const body = resolve(document, operation.requestBody, []).node;
  const fields = Object.values(body?.content ?? {}).flatMap((media) =>
    Object.keys(resolve(document, media.schema, []).node?.properties ?? {}),
  );
  return [
    ...Object.keys(link.parameters ?? {}).filter((name) => !parameters.includes(name)),
    ...Object.keys(link.requestBody ?? {}).filter((name) => !fields.includes(name)),
  ];
}
