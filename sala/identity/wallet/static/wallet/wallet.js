// Makes the pages below /id/ an app: its worker is registered, and this browser can ask to be told by push.
// The forms marked data-push appear only where the browser can do it; everything else works without this file.

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

async function registered() {
  const { worker, scope } = document.querySelector("[data-worker]").dataset;
  return navigator.serviceWorker.register(worker, { scope });
}

function fill(form, subscription) {
  form.elements.endpoint.value = subscription.endpoint;
  form.elements.p256dh.value = text(subscription.getKey("p256dh"));
  form.elements.auth.value = text(subscription.getKey("auth"));
}

// A subscription for a key that the server no longer has (its secret was changed) is of no use.
async function current(registration, key) {
  const known = await registration.pushManager.getSubscription();
  if (!known || text(known.options.applicationServerKey) === key) return known;
  await known.unsubscribe();
  return null;
}

async function pressed(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const failed = form.querySelector("[data-push-failed]");
  failed.hidden = true;
  try {
    const registration = await navigator.serviceWorker.ready;
    const key = form.dataset.push;
    const subscription =
      (await current(registration, key)) ||
      (await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) }));
    fill(form, subscription);
    HTMLFormElement.prototype.submit.call(form);
  } catch {
    failed.hidden = false; // not allowed by the person, or the browser's push service cannot be reached
  }
}

// Which of the devices in the list is this one.
async function mark(registration) {
  const form = document.querySelector("form[data-push]");
  const known = form && (await current(registration, form.dataset.push));
  if (!known) return;
  const digest = text(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(known.endpoint)));
  const here = document.querySelector(`[data-device="${digest}"] [data-here]`);
  if (!here) return;
  here.hidden = false;
  form.hidden = true;
}

if ("serviceWorker" in navigator && window.isSecureContext) {
  registered()
    .then((registration) => {
      if (!("PushManager" in window)) return;
      for (const form of document.querySelectorAll("form[data-push]")) {
        form.hidden = false;
        document.querySelectorAll("[data-push-none]").forEach((words) => (words.hidden = true));
        form.addEventListener("submit", pressed);
      }
      return mark(registration);
    })
    .catch(() => {}); // private windows of some browsers have no workers
}

