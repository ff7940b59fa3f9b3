// A page without a server of its own, on oidc-client-ts: a public client. It is told its settings by its address.
import { IndexedDbDPoPStore, UserManager } from "oidc-client-ts";

const { dpop, ...told } = await (await fetch("/settings.json")).json();
const manager = new UserManager({
  ...told,
  redirect_uri: `${location.origin}/callback`,
  post_logout_redirect_uri: `${location.origin}/bye`,
  automaticSilentRenew: false,
  revokeTokensOnSignout: true,
  ...(dpop ? { dpop: { bind_authorization_code: true, store: new IndexedDbDPoPStore() } } : {}),
});

const say = (text) => (document.getElementById("said").textContent = text);

async function facts(user, nonce) {
  const { userinfo_endpoint: address } = await manager.metadataService.getMetadata();
  const headers = { Authorization: `${user.token_type} ${user.access_token}` };
  if (dpop) headers.DPoP = await manager.dpopProof(address, user, "GET", nonce);
  const answer = await fetch(address, { headers });
  const wanted = answer.headers.get("DPoP-Nonce");
  if (answer.status === 401 && wanted && !nonce) return facts(user, wanted);
  return answer.ok ? answer.json() : Promise.reject(new Error(`userinfo: ${answer.status}`));
}

async function welcome(user, word) {
  const { given_name } = await facts(user);
  say(`${word}, ${given_name}: ${user.token_type} ${user.access_token}`);
}

const tried = (act) => () => act().catch((error) => say(`${error.name}: ${error.message}`));
document.getElementById("in").onclick = tried(() => manager.signinRedirect());
document.getElementById("renew").onclick = tried(async () => welcome(await manager.signinSilent(), "Renewed"));
document.getElementById("out").onclick = tried(() => manager.signoutRedirect());

if (location.pathname === "/callback") {
  await tried(async () => welcome(await manager.signinCallback(), "Welcome"))();
} else {
  say(location.pathname === "/bye" ? "Signed out" : "Nobody is signed in");
}
