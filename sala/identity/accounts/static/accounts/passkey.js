// Passkeys: shows the forms marked data-passkey where the browser can do it, and fills in its answer.
// The server says what to sign (data-options) and checks the answer; here is only the carrying.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const listed = (credentials) => (credentials || []).map((one) => ({ ...one, id: bytes(one.id) }));

function creation(options) {
  return {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: listed(options.excludeCredentials),
  };
}

function request(options) {
  return { ...options, challenge: bytes(options.challenge), allowCredentials: listed(options.allowCredentials) };
}

function told(credential) {
  const response = { clientDataJSON: text(credential.response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = text(credential.response[part]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

let waiting = new AbortController();

async function answer(form, more) {
  const options = JSON.parse(form.dataset.options);
  waiting.abort();
  waiting = new AbortController();
  const asked = { signal: waiting.signal, ...more };
  return form.dataset.passkey === "create"
    ? navigator.credentials.create({ publicKey: creation(options), ...asked })
    : navigator.credentials.get({ publicKey: request(options), ...asked });
}

function send(form, credential) {
  form.elements.credential.value = told(credential);
  HTMLFormElement.prototype.submit.call(form);
}

async function pressed(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const failed = form.querySelector("[data-passkey-failed]");
  failed.hidden = true;
  try {
    send(form, await answer(form));
  } catch {
    failed.hidden = false; // cancelled, timed out, or this device has none: the browser does not tell which
  }
}

// The browser offers its passkeys in the list of the e-mail field, without a dialogue of its own.
async function offerQuietly(form) {
  if (!(await window.PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  try {
    const credential = await answer(form, { mediation: "conditional" });
    if (credential) send(form, credential);
  } catch {
    // aborted by the button, or nobody chose one
  }
}

if (window.PublicKeyCredential && window.isSecureContext) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (form.dataset.origin !== window.location.origin) continue;
    form.hidden = false;
    document.querySelectorAll("[data-passkey-none]").forEach((words) => (words.hidden = true));
    form.addEventListener("submit", pressed);
    if (form.dataset.passkey === "get") offerQuietly(form);
  }
}
