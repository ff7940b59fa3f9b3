/* Keeps marked parts of a page fresh. Without it, or without a connection, the page is as it was when it was loaded.

   <div data-live="…/live?topics=…" data-live-url="/desk/queue?part=list" aria-live="polite">…</div>

   When something of its topics changes, the element's own address is asked again and its content put in place.
   An element that holds the focus, or a field somebody has typed in, is left alone until that is over. */

const PATIENCE = 500; // ms; several changes at once ask once
const SPREAD = 3000; // ms; after a lost connection not everybody asks in the same moment

function busy(part) {
  const active = document.activeElement;
  if (active && active !== part && part.contains(active) && active.matches("input, select, textarea")) return true;
  return [...part.querySelectorAll("input, textarea")].some(
    (field) => (field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue),
  );
}

async function refresh(part) {
  if (busy(part)) {
    part.addEventListener("focusout", () => ask(part), { once: true });
    return;
  }
  const answer = await fetch(part.dataset.liveUrl, { headers: { "X-Requested-With": "fetch" }, credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const same = part.id && fresh.getElementById(part.id);
  part.replaceChildren(...(same || fresh.body).childNodes);
  if (focused) document.getElementById(focused)?.focus();
  part.dispatchEvent(new CustomEvent("live:refreshed", { bubbles: true }));
}

const timers = new WeakMap();

function ask(part, delay = PATIENCE) {
  clearTimeout(timers.get(part));
  timers.set(part, setTimeout(() => refresh(part).catch(() => {}), delay));
}

function follow(address, parts) {
  let cut = false;
  const stream = new EventSource(address);
  stream.addEventListener("open", () => {
    if (cut) parts.forEach((part) => ask(part, Math.random() * SPREAD));
    cut = false;
  });
  stream.addEventListener("error", () => {
    cut = true;
  });
  stream.addEventListener("changed", (event) => {
    const delay = event.data.includes("*") ? Math.random() * SPREAD : PATIENCE;
    parts.forEach((part) => ask(part, delay));
  });
}

const streams = new Map();
for (const part of document.querySelectorAll("[data-live][data-live-url]")) {
  streams.set(part.dataset.live, [...(streams.get(part.dataset.live) || []), part]);
}
streams.forEach((parts, address) => follow(address, parts));
