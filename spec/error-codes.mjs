// The contract's tables of error codes as data.

const ROW = /^\| (\d+) \| (.+?) \| (.+?) \| (no|unknown) \|$/gm;

/** `{ code, meaning, kind, carried_out }` of each row of the description of `VendorCode`. */
export function errorCodes(description) {
  const rows = [...description.matchAll(ROW)];
  return rows.map(([, code, meaning, kind, carried_out]) => ({ code: Number(code), meaning, kind, carried_out }));
}
