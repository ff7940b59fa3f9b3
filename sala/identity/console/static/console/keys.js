/* Makes a client's key in the browser: the private half is shown once and sent nowhere. Without it, keys are pasted. */

const encode = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
const base64url = (bytes) => encode(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/* The key's name: its thumbprint (RFC 7638), so that the same key has the same name everywhere. */
async function thumbprint({ crv, kty, x, y }) {
  const text = JSON.stringify({ crv, kty, x, y });
  return base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

async function make() {
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const key = { kty, crv, x, y, kid: await thumbprint({ crv, kty, x, y }), use: "sig", alg: "ES256" };
  const secret = encode(await crypto.subtle.exportKey("pkcs8", pair.privateKey)).replace(/(.{64})/g, "$1\n").trim();
  show(`-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`, { keys: [key] });
}

function show(pem, jwks) {
  const field = document.getElementById("private");
  field.value = pem;
  document.getElementById("save-private").href = URL.createObjectURL(new Blob([pem], { type: "application/x-pem-file" }));
  document.getElementById("jwks").value = JSON.stringify(jwks, null, 2);
  document.getElementById("made").hidden = false;
  field.focus();
}

if (globalThis.crypto?.subtle) {
  document.getElementById("make-key").hidden = false;
  document.getElementById("make-it").addEventListener("click", make);
}
