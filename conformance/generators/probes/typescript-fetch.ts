import { CdkApi, Configuration } from "./client";

const [base, token, key, scenario, code] = process.argv.slice(2) as [string, string, string, string, string];
const keys: Record<string, string> = { token, key };
const api = new CdkApi(new Configuration({ basePath: base, apiKey: (name: string) => keys[name]! }));
async function main() {
  if (scenario === "create") return console.log((await api.createCdks({ flow: 3, num: 2 })).code);
  if (scenario === "get") return console.log(((await api.getCdk({ cdk: code })) as any).data.status);
  const codes: string[] = ((await api.createCdks({ flow: 3, num: 2 })) as any).data.cdk;
  const listed = ((await api.listCdks({})) as any).data.length;
  const status = ((await api.getCdk({ cdk: codes[0]! })) as any).data.status;
  console.log(codes.length, listed, status, (await api.revokeCdk({ cdk: codes[0]! })).code);
}
main();
