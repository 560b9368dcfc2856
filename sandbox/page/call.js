// One call of an operation against this sandbox, and what its reply means. A failure mostly arrives as
// HTTP 200: the payload's `code` decides.

/** Sends an operation with the values of its form; empty ones are left out. */
export async function call(operation, inputs, values, credentials) {
  const pairs = (place) => {
    const chosen = inputs.filter((input) => input.place === place && values[input.name] !== '');
    return new URLSearchParams(chosen.map(({ name }) => [name, values[name]]));
  };
  const query = pairs('query').toString();
  const options = { method: operation.method.toUpperCase(), headers: { ...credentials }, redirect: 'error' };
  if (operation.requestBody) options.body = pairs('body');
  const started = performance.now();
  const response = await fetch(operation.path + (query && `?${query}`), options);
  const text = await response.text();
  return {
    status: response.status,
    reason: response.headers.get('x-sandbox-reason'),
    milliseconds: Math.round(performance.now() - started),
    text,
    ...meaning(response.status, text),
  };
}

/** `success`, `failure` or `unreadable`, with the payload as far as it was understood. */
export function meaning(status, text) {
  let payload;
  try {
    payload = JSON.parse(text);
  } catch {
    return { kind: 'unreadable', title: `HTTP ${status}, and a body that is not JSON` };
  }
  const code = payload?.code === undefined ? undefined : Number(payload.code);
  const message = payload?.msg ?? '';
  if (code !== undefined && code !== 200) return { kind: 'failure', title: `Failure ${code}: ${message}`, code, payload };
  if (status !== 200) return { kind: 'failure', title: `Failure: HTTP ${status}`, code: status, payload };
  if (code === undefined) return { kind: 'unreadable', title: 'A reply without a code', payload };
  return { kind: 'success', title: 'Success: code 200', code, payload };
}
