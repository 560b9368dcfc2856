// Questions to the contract. Nothing here knows an operation or a field by name.

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';

/** The value at a JSON pointer such as `/data/cdk/0`. */
export function pointed(value, pointer) {
  const steps = pointer.split('/').slice(1).map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  return steps.reduce((at, step) => (at === null || at === undefined ? undefined : at[step]), value);
}

export class Contract {
  constructor(root) {
    this.root = root;
  }

  resolve(node) {
    let at = node;
    while (at && at.$ref) at = pointed(this.root, at.$ref.slice(1));
    return at ?? {};
  }

  /** A schema with what its `allOf` brings in; its own words win. */
  merged(schema) {
    const { allOf = [], ...own } = this.resolve(schema);
    const parts = allOf.map((part) => this.merged(part));
    const all = Object.assign({}, ...parts, own);
    all.properties = Object.assign({}, ...parts.map((part) => part.properties), own.properties);
    all.required = [...parts.flatMap((part) => part.required ?? []), ...(own.required ?? [])];
    return all;
  }

  /** Every operation, in the order of the file. */
  operations() {
    return Object.entries(this.root.paths).flatMap(([path, item]) =>
      METHODS.filter((method) => item[method]).map((method) => ({ path, method, ...item[method] })),
    );
  }

  /** What an operation takes: `{ name, place: 'query' | 'body', required, schema, description, example }`. */
  inputs(operation) {
    const parameters = (operation.parameters ?? []).map((one) => this.resolve(one)).map((parameter) => ({
      ...parameter,
      place: parameter.in,
      schema: this.merged(parameter.schema),
    }));
    const body = this.resolve(operation.requestBody);
    const schema = this.merged(body.content?.[FORM]?.schema);
    const fields = Object.entries(schema.properties).map(([name, field]) => {
      const { description, example, ...rest } = this.merged(field);
      return { name, place: 'body', required: schema.required.includes(name), schema: rest, description, example };
    });
    return [...parameters, ...fields];
  }

  /** The reply that a 200 brings: `{ members, examples, links }`. */
  reply(operation) {
    const response = this.resolve(operation.responses['200']);
    const media = response.content?.[JSON_TYPE] ?? {};
    const members = media.schema?.anyOf ?? [media.schema];
    return { ...response, members, examples: media.examples ?? {}, links: response['x-links'] ?? {} };
  }

  /** Every value inside of a schema: `{ name: 'data[].cdk', schema, required }`. */
  fields(schema, prefix = '') {
    const whole = this.merged(schema);
    return Object.entries(whole.properties).flatMap(([key, property]) => {
      const name = prefix + key;
      const field = this.merged(property);
      const below = field.items ? this.fields(field.items, `${name}[].`) : this.fields(property, `${name}.`);
      return [{ name, type: this.typeName(property), field, required: whole.required.includes(key) }, ...below];
    });
  }

  /** A type as people read it: `integer`, `array of Cdk`, `CdkCode`. */
  typeName(schema) {
    const reference = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0].$ref : undefined);
    if (reference) return reference.split('/').pop();
    const { type, items } = this.merged(schema);
    if (type === 'array') return `array of ${this.typeName(items)}`;
    return type ?? 'anything';
  }

  /** The bounds of a schema: values, range, length, pattern. */
  bounds(schema) {
    const { enum: values, minimum, maximum, minLength, maxLength, pattern } = this.merged(schema);
    const names = this.merged(schema)['x-enum-varnames'] ?? [];
    return [
      values && values.map((value, index) => (names[index] ? `${value} ${names[index]}` : `${value}`)).join(', '),
      minimum !== undefined && `at least ${minimum}`,
      maximum !== undefined && `at most ${maximum}`,
      minLength !== undefined && `${minLength} to ${maxLength ?? '∞'} characters`,
      pattern && `\`${pattern}\``,
    ].filter(Boolean);
  }

  schemas() {
    return Object.entries(this.root.components?.schemas ?? {});
  }
}
