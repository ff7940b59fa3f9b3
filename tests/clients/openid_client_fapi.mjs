// A relying party under FAPI 2.0 on openid-client: its own key in place of a secret, pushed requests, tokens bound to
// a second key that it makes for the occasion. Told and asked over standard input as openid_client.mjs is.
import { createInterface } from "node:readline";
import * as client from "openid-client";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { issuer, id, jwk, back, scope } = JSON.parse((await lines.next()).value);

const own = await crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
const config = await client.discovery(new URL(issuer), id, undefined, client.PrivateKeyJwt({ key: own, kid: jwk.kid }), {
  execute: [client.allowInsecureRequests],
});
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));
const verifier = client.randomPKCECodeVerifier();
const [state, nonce] = [client.randomState(), client.randomNonce()];
const send = await client.buildAuthorizationUrlWithPAR(
  config,
  {
    redirect_uri: back,
    scope,
    state,
    nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  },
  { DPoP },
);
console.log(send.href);

const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
const tokens = await client.authorizationCodeGrant(config, new URL((await lines.next()).value), checks, undefined, {
  DPoP,
});
const facts = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP });
const fresh = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
const again = await client.fetchUserInfo(config, fresh.access_token, tokens.claims().sub, { DPoP });
const seen = await client.tokenIntrospection(config, fresh.access_token);
const borne = await client
  .fetchUserInfo(config, fresh.access_token, tokens.claims().sub)
  .then(() => "told", (error) => error.cause?.status ?? error.status ?? String(error));
console.log(JSON.stringify({ facts, again, type: tokens.token_type, jkt: seen.cnf.jkt, thumbprint: await DPoP.calculateThumbprint(), borne }));
process.exit(0);
