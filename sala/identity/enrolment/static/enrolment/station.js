// The enrolment station: goes on when the connection drops. What is captured then is sealed for the register's key
// (ECDH P-256, HKDF, AES-GCM), so that this browser cannot read it either, and kept until the server has taken it in.

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SIDE = 640; // px; more shows no more of a face
const KEPT = 7 * 24 * 3600 * 1000; // ms that what was taken in stays in the list
const station = document.querySelector(".station");
const words = document.querySelector("template[data-words]")?.dataset || {};
const say = (key, given = {}) =>
  Object.entries(given).reduce((text, [name, value]) => text.replace(`%{${name}}`, value), words[key] || "");
const base64 = (buffer) => {
  let text = "";
  for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte);
  return btoa(text);
};
const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const utf8 = (text) => new TextEncoder().encode(text);

// What is kept here: sealed records, and what the server said when there was a connection.
const opened = () =>
  new Promise((done, failed) => {
    const asked = indexedDB.open("sala-station", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("records", { keyPath: "id" });
      asked.result.createObjectStore("known", { keyPath: "name" });
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => failed(asked.error);
  });

async function kept(store, mode, act) {
  const database = await opened();
  try {
    return await new Promise((done, failed) => {
      const transaction = database.transaction(store, mode);
      const request = act(transaction.objectStore(store));
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = transaction.onabort = () => failed(transaction.error);
    });
  } finally {
    database.close();
  }
}

const keep = (store, value) => kept(store, "readwrite", (shelf) => shelf.put(value));
const drop = (id) => kept("records", "readwrite", (shelf) => shelf.delete(id));
const known = async (name) => (await kept("known", "readonly", (shelf) => shelf.get(name)))?.value;
const records = async () =>
  (await kept("records", "readonly", (shelf) => shelf.getAll())).sort((one, other) => one.at - other.at);

// Sealing: a key of one use on this side, the number of the record bound into key and tag.
async function sealed(id, content, { key, point }) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const own = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const theirs = await crypto.subtle.importKey("raw", bytes(point), curve, false, []);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own.privateKey, 256);
  const secret = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info: utf8(`sala.station\0${id}`) };
  const lock = await crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const body = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: utf8(id) }, lock, utf8(content));
  const sender = await crypto.subtle.exportKey("raw", own.publicKey);
  return { id, key, from: base64(sender), iv: base64(iv), sealed: base64(body) };
}

// Sending: one at a time, each answered; nothing leaves this machine before the server has it.
let sending = false;

async function asked() {
  const answer = await fetch(station.dataset.sync, { credentials: "same-origin", redirect: "manual" });
  if (answer.type === "opaqueredirect" || answer.status === 401) return "sign_in";
  if (!answer.ok) throw new Error(`${answer.status}`);
  const told = await answer.json();
  await keep("known", { name: "key", value: { key: told.key, point: told.point } });
  await keep("known", { name: "word", value: told.word });
  return told;
}

async function send() {
  if (sending) return;
  sending = true;
  try {
    const waiting = (await records()).filter((one) => one.envelope);
    const told = await asked();
    if (told === "sign_in") return await show("sign_in");
    for (const one of waiting) await sendOne(one, told.csrf);
    await show();
  } catch {
    await show("offline");
  } finally {
    sending = false;
  }
}

async function sendOne(one, csrf) {
  await keep("records", { ...one, state: "sending" });
  await show();
  let told = null;
  try {
    const answer = await fetch(station.dataset.sync, {
      method: "POST",
      credentials: "same-origin",
      redirect: "manual",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrf },
      body: JSON.stringify(one.envelope),
    });
    const json = answer.headers.get("content-type")?.startsWith("application/json");
    told = json ? await answer.json() : null;
    if (!answer.ok || !told?.state) throw new Error(told?.error || `${answer.status}`);
  } catch (error) {
    await keep("records", { ...one, state: "waiting", why: told?.error ? [told.error] : [] });
    throw error;
  }
  const { state, why, url } = told;
  await keep("records", { ...one, state, why, url, envelope: state === "kept" ? one.envelope : null });
}

// The list: each record with how it stands. It says a number and a time, and nothing of the person.
function line(one, number) {
  const item = document.createElement("li");
  const language = document.documentElement.lang === "th" ? "th-TH" : "en-GB";
  const time = new Date(one.at).toLocaleString(language, { timeZone: "Asia/Bangkok" });
  const tag = document.createElement("strong");
  tag.className = `govuk-tag govuk-tag--${{ entered: "green", known: "green", needs_you: "orange", kept: "red" }[one.state] || "blue"}`;
  tag.textContent = say(one.state);
  item.dataset.state = one.state;
  item.append(say("record", { number, time }), " ", tag);
  for (const why of one.why || []) {
    const reason = document.createElement("span");
    reason.className = "sala-muted";
    reason.textContent = why;
    item.append(" ", reason);
  }
  if (one.url && one.state !== "entered") item.append(" ", link(one.url, say("open")));
  return item;
}

function link(href, text) {
  const made = document.createElement("a");
  Object.assign(made, { href, textContent: text, className: "govuk-link" });
  return made;
}

async function show(trouble = "") {
  const box = document.querySelector("[data-records]");
  if (!box) return;
  const all = await records();
  const left = all.filter((one) => one.envelope).length;
  const said = box.querySelector("[data-records-said]");
  said.textContent = left && trouble ? say(trouble) : left ? say("left", { count: left }) : say("none");
  if (trouble === "sign_in" && left) said.append(" ", link(station.dataset.home || location.href, say("sign_in_link")));
  box.querySelector("[data-records-list]").replaceChildren(...all.map((one, at) => line(one, at + 1)));
  box.querySelector("[data-records-send]").hidden = left === 0;
  if (station.dataset.station) box.hidden = all.length === 0;
}

async function tidy() {
  for (const one of await records()) if (!one.envelope && one.at < Date.now() - KEPT) await drop(one.id);
}

// The form without connection.
const digits = (text) => text.replace(/[๐-๙]/g, (digit) => digit.charCodeAt(0) - 0xe50).replace(/\D/g, "");

function isPid(pid) {
  if (!/^[1-8]\d{12}$/.test(pid)) return false;
  const total = [...pid.slice(0, 12)].reduce((sum, digit, at) => sum + Number(digit) * (13 - at), 0);
  return (11 - (total % 11)) % 10 === Number(pid[12]);
}

function day(text) {
  const found = (text.match(/\d+/g) || []).map(Number);
  if (found.length !== 3) return null;
  const [date, month, typed] = found[0] > 31 ? [found[2], found[1], found[0]] : found;
  const year = typed >= 2300 ? typed - 543 : typed;
  const made = new Date(Date.UTC(year, month - 1, date));
  const right = made.getUTCFullYear() === year && made.getUTCMonth() === month - 1 && made.getUTCDate() === date;
  return right ? made.toISOString().slice(0, 10) : null;
}

async function shrunk(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  return base64(await blob.arrayBuffer());
}

function fault(faults) {
  const box = document.querySelector("[data-faults]");
  box.hidden = faults.length === 0;
  box.querySelector("ul").replaceChildren(
    ...faults.map(([field, key]) => {
      const item = document.createElement("li");
      item.append(link(`#${field}`, say(key)));
      return item;
    }),
  );
  if (faults.length) box.focus();
  return faults.length > 0;
}

let capturing = false;

async function capture(event) {
  event.preventDefault();
  if (capturing) return;
  capturing = true;
  await captured(event.currentTarget).catch(() => fault([["pid", "gone"]]));
  capturing = false;
}

async function captured(form) {
  const typed = (name) => form.elements[name].value.trim();
  const [pid, birth, expires] = [digits(typed("pid")), day(typed("birth_date")), day(typed("expires_on"))];
  const file = form.elements.picture.files[0];
  const key = (await known("key")) || (station.dataset.key ? station.dataset : null);
  const faults = [
    [!isPid(pid), "pid", "pid"],
    [!birth, "birth_date", "day"],
    [typed("expires_on") && !expires, "expires_on", "day"],
    [!file, "camera-file", "picture"],
    [!key, "pid", "nokey"],
  ].filter(([wrong]) => wrong);
  if (fault(faults.map(([, field, message]) => [field, message]))) return;
  const id = crypto.randomUUID();
  const code = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => ALPHABET[byte & 31]).join("");
  const at = Date.now();
  const content = {
    pid, birth_date: birth, expires_on: expires, laser: typed("laser"), code, captured_at: new Date(at).toISOString(),
    officer: (await known("word")) || "", picture: await shrunk(file),
  };
  const envelope = await sealed(id, JSON.stringify(content), { key: key.key, point: key.point });
  await keep("records", { id, at, envelope, state: "waiting", why: [] });
  form.reset();
  document.querySelector("[data-slip-code]").textContent = `${code.slice(0, 4)} ${code.slice(4)}`;
  document.querySelector("[data-capture]").hidden = true;
  const slip = document.querySelector("[data-slip]");
  slip.hidden = false;
  slip.focus();
  await show();
  if (navigator.onLine) await send();
}

// The page.
document.querySelectorAll("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));
document.querySelector("[data-next]")?.addEventListener("click", () => location.reload());
document.querySelector("form[data-away]")?.addEventListener("submit", capture);
document.querySelector("[data-records-send]")?.addEventListener("click", send);
if (station?.dataset.sync && "indexedDB" in window && window.isSecureContext) {
  if (station.dataset.station && "serviceWorker" in navigator) {
    const { station: worker, scope } = station.dataset;
    navigator.serviceWorker.register(worker, { scope }).catch(() => {}); // private windows of some browsers have none
  }
  if (document.querySelector("[data-records]")) {
    navigator.storage?.persist?.();
    window.addEventListener("online", send);
    tidy()
      .then(() => show())
      .then(() => (navigator.onLine ? send() : null))
      .catch(() => {});
  }
}
