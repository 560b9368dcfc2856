// Which version a change needs. As for Cargo, the first number that is not 0 is the major one: before 1.0
// a breaking change raises the second number, from 1.0 on the first.

const parts = (version) => {
  const found = /^(\d+)\.(\d+)\.(\d+)$/.exec(version);
  if (!found) throw new Error(`info.version ${version} is not of the form 1.2.3`);
  return found.slice(1).map(Number);
};

/** The lowest version after `version` for a change of this kind. */
export function needed(kind, version) {
  const [major, minor, patch] = parts(version);
  if (kind === "breaking") return major > 0 ? `${major + 1}.0.0` : `0.${minor + 1}.0`;
  if (["additive", "meaning"].includes(kind) && major > 0) return `${major}.${minor + 1}.0`;
  return `${major}.${minor}.${patch + 1}`;
}

/** Whether `after` is high enough. */
export function allows(before, after, kind) {
  const [is, least] = [parts(after), parts(needed(kind, before))];
  const differs = is.findIndex((part, index) => part !== least[index]);
  return differs < 0 || is[differs] > least[differs];
}
