import { ApiClient, CdkApi } from "./client/src";

const [base, token, key, scenario, code] = process.argv.slice(2);
const client = new ApiClient(base);
Object.assign(client.authentications.token, { apiKey: token });
Object.assign(client.authentications.key, { apiKey: key });
const api = new CdkApi(client);
const call = (name, ...given) =>
  new Promise((done, failed) => api[name](...given, (error, data) => (error ? failed(error) : done(data))));
async function main() {
  if (scenario === "create") return console.log((await call("createCdks", 3, 2)).code);
  if (scenario === "get") return console.log((await call("getCdk", code)).data.status);
  const codes = (await call("createCdks", 3, 2)).data.cdk;
  const listed = (await call("listCdks", {})).data.length;
  const status = (await call("getCdk", codes[0])).data.status;
  console.log(codes.length, listed, status, (await call("revokeCdk", codes[0])).code);
}
main();
