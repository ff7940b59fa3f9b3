// The page with the QR code: asks how it stands, and puts the page's own next state in place.
// Without it the page reloads itself (noscript); typing the code needs no script at all.

const part = document.querySelector("[data-phone]");
const seconds = (name) => Number(part.dataset[name]) * 1000;
let drawn = Date.now();

async function redraw() {
  const answer = await fetch(window.location.pathname, { credentials: "same-origin" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-phone]");
  if (!fresh) return window.location.reload(); // answered in another window, or too old
  const changed = fresh.dataset.state !== part.dataset.state;
  part.dataset.state = fresh.dataset.state;
  part.replaceChildren(...fresh.childNodes);
  drawn = Date.now();
  if (changed) (part.querySelector("input[name=code]") || part.querySelector("h2"))?.focus();
}

async function look() {
  if (document.hidden) return;
  const answer = await fetch(part.dataset.phone, { credentials: "same-origin" });
  const { state } = await answer.json();
  if (state !== part.dataset.state) await redraw();
  else if (state === "waiting" && Date.now() - drawn > seconds("renew")) await redraw();
}

async function again() {
  if (!["waiting", "scanned"].includes(part.dataset.state)) return;
  await look().catch(() => {}); // no connection at this moment
  setTimeout(again, seconds("look"));
}

if (part) {
  document.addEventListener("visibilitychange", () => look().catch(() => {}));
  setTimeout(again, seconds("look"));
}
