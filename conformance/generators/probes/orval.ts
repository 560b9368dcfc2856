import { createCdks, getCdk, listCdks, revokeCdk } from "./client/api";

const [base, token, key, scenario, code] = process.argv.slice(2) as [string, string, string, string, string];
const options = { headers: { token, key } };
const real = fetch;
globalThis.fetch = (input, init) => real(`${base}${input}`, init);
async function main() {
  const create = async () => (await createCdks({ flow: 3, num: 2 }, options)).data;
  const get = async (cdk: string) => ((await getCdk({ cdk }, options)).data as any).data.status;
  if (scenario === "create") return console.log((await create()).code);
  if (scenario === "get") return console.log(await get(code));
  const codes: string[] = ((await create()) as any).data.cdk;
  const listed = ((await listCdks({}, options)).data as any).data.length;
  const status = await get(codes[0]!);
  console.log(codes.length, listed, status, (await revokeCdk({ cdk: codes[0]! }, options)).data.code);
}
main();
