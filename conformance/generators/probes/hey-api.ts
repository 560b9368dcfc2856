import { createCdks, getCdk, listCdks, revokeCdk } from "./client";
import { client } from "./client/client.gen";

const [baseUrl, token, key, scenario, code] = process.argv.slice(2) as [string, string, string, string, string];
const keys: Record<string, string> = { token, key };
client.setConfig({ baseUrl, auth: (auth) => keys[auth.name!] });
async function main() {
  const create = async () => (await createCdks({ body: { flow: 3, num: 2 } })).data!;
  const get = async (cdk: string) => ((await getCdk({ query: { cdk } })).data as any).data.status;
  if (scenario === "create") return console.log((await create()).code);
  if (scenario === "get") return console.log(await get(code));
  const codes: string[] = ((await create()) as any).data.cdk;
  const listed = ((await listCdks()).data as any).data.length;
  const status = await get(codes[0]!);
  console.log(codes.length, listed, status, (await revokeCdk({ body: { cdk: codes[0]! } })).data!.code);
}
main();
