import { CdkApi, Configuration, type CreateCdksSuccess, type GetCdkSuccess, type ListCdksSuccess } from "./client";

const [base, token, key, scenario, code] = process.argv.slice(2) as [string, string, string, string, string];
const keys: Record<string, string> = { token, key };
const api = new CdkApi(new Configuration({ basePath: base, apiKey: (name: string) => keys[name]! }));
async function main() {
  if (scenario === "create") return console.log((await api.createCdks(3, 2)).data.code);
  if (scenario === "get") return console.log(((await api.getCdk(code)).data as GetCdkSuccess).data.status);
  const codes = ((await api.createCdks(3, 2)).data as CreateCdksSuccess).data.cdk;
  const listed = ((await api.listCdks()).data as ListCdksSuccess).data.length;
  const status = ((await api.getCdk(codes[0]!)).data as GetCdkSuccess).data.status;
  console.log(codes.length, listed, status, (await api.revokeCdk(codes[0]!)).data.code);
}
main();
