// Every place in which two contracts differ: `{ path, before, after }`, `undefined` where there is nothing.
import { isDeepStrictEqual } from "node:util";

/** Arrays whose order means nothing, and what each of their items is known by. */
const UNORDERED = {
  required: (item) => item,
  enum: (item) => String(item),
  parameters: (item) => `${item.in} ${item.name}`,
};

export function differences(base, revision) {
  const found = [];
  compare(byKey(base), byKey(revision), [], found);
  return found;
}

function compare(before, after, path, found) {
  if (isDeepStrictEqual(before, after)) return;
  if (!isMap(before) || !isMap(after)) {
    found.push({ path, before, after });
    return;
  }
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    compare(before[key], after[key], [...path, key], found);
  }
}

const isMap = (value) => value !== null && typeof value === "object";

/** Arrays become maps: by their items' names where the order means nothing, else by their index. */
function byKey(node, key, parent) {
  if (!isMap(node)) return node;
  if (!Array.isArray(node)) {
    return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, byKey(value, name, node)]));
  }
  const name = itemName(key, parent);
  return Object.fromEntries(node.map((item, index) => [name(item, index), byKey(item)]));
}

/** The names of an enumeration's values belong to the values, wherever these stand. */
function itemName(key, parent) {
  if (key?.startsWith("x-enum-") && Array.isArray(parent?.enum)) return (_, index) => String(parent.enum[index]);
  return Object.hasOwn(UNORDERED, key ?? "") ? UNORDERED[key] : (_, index) => String(index);
}
