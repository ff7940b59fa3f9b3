// The hint how to have My ID on the home screen: with the way of this device, until it is closed or followed.
// Where the browser offers it by itself (beforeinstallprompt: Chrome, Edge, Samsung Internet), a button does it.

const hint = document.querySelector("[data-install]");
const CLOSED = "sala.install.closed";

function closed() {
  try {
    return localStorage.getItem(CLOSED) !== null;
  } catch {
    return false; // a browser that keeps nothing: the hint comes again
  }
}

function close() {
  hint.hidden = true;
  try {
    localStorage.setItem(CLOSED, "yes");
  } catch {
    // as above
  }
}

function way() {
  const agent = navigator.userAgent;
  if (/iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1)) return "iphone";
  return /Android/.test(agent) ? "android" : "desktop";
}

function show(which) {
  for (const words of hint.querySelectorAll("[data-install-way]")) words.hidden = words.dataset.installWay !== which;
  hint.hidden = false;
}

const installed = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;

if (hint && !installed && !closed()) {
  show(way());
  hint.querySelector("[data-install-close]").addEventListener("click", close);
  window.addEventListener("appinstalled", close);
  window.addEventListener("beforeinstallprompt", (offer) => {
    if (hint.hidden) return;
    offer.preventDefault(); // the browser's own bar, which would say the same
    const now = hint.querySelector("[data-install-now]");
    show("offered");
    now.hidden = false;
    now.addEventListener("click", () => offer.prompt(), { once: true });
  });
}
