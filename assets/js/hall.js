// The hall's screen and a visitor's ticket: drawn anew whenever the live process pushes what the hall shows.
// Numbers, words and the text to speak all come from the server; nothing is decided here. Without this script the
// pages load themselves again every fifteen seconds.

const CHIME = [[659.3, 0], [523.3, 0.28]]; // Hz, seconds: two falling tones, heard over a hall's murmur
const LATE = 10_000; // ms without a connection before the page says so
const AGAIN = 10_000; // ms after which a refused stream is asked for once more
const SETTLED = 5_000; // ms that a page stays before it is loaded again, whatever happens
const LONGEST = 15_000; // ms after which a voice that never ends is given up

const page = document.querySelector("[data-hall]");
const part = (name) => page.querySelector(`[data-${name}]`);
const say = (words) => (words ? words[page.dataset.language] : "");

function make(tag, kind, text) {
  const element = document.createElement(tag);
  if (kind) element.className = kind;
  if (text !== undefined) element.textContent = text;
  return element;
}

/** Only what is different is written: a reader of the screen would say it again. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

// --- Sound --------------------------------------------------------------------------------------

let audio = null; // made by a click: browsers are silent until then
let speaking = Promise.resolve();
let stillHere = new Set();

function chime() {
  const start = audio.currentTime + 0.05;
  for (const [tone, after] of CHIME) {
    const source = audio.createOscillator();
    const volume = audio.createGain();
    source.frequency.value = tone;
    volume.gain.setValueAtTime(0, start + after);
    volume.gain.linearRampToValueAtTime(0.5, start + after + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.001, start + after + 1.1);
    source.connect(volume).connect(audio.destination);
    source.start(start + after);
    source.stop(start + after + 1.2);
  }
  return new Promise((done) => setTimeout(done, 1300));
}

function speak(text, language) {
  const voices = window.speechSynthesis?.getVoices() ?? [];
  const voice = voices.find((one) => one.lang.toLowerCase().startsWith(language));
  // A voice of another language would read Thai as nothing at all.
  if (!window.speechSynthesis || (voices.length && !voice)) return Promise.resolve();
  return new Promise((done) => {
    const words = new SpeechSynthesisUtterance(text);
    words.lang = language === "th" ? "th-TH" : "en-GB";
    if (voice) words.voice = voice;
    words.rate = 0.9;
    words.onend = words.onerror = done;
    setTimeout(done, LONGEST);
    window.speechSynthesis.speak(words);
  });
}

function announce(call) {
  speaking = speaking.then(async () => {
    // Whoever has been served by the time the voice comes to them is not called any more.
    if (!audio || !stillHere.has(call.id)) return;
    await chime();
    await speak(call.say.th, "th");
    await speak(call.say.en, "en");
  });
}

const button = page && part("sound");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    if (audio) {
      audio.close();
      audio = null;
      window.speechSynthesis?.cancel();
    } else {
      audio = new AudioContext();
      speaking = Promise.resolve();
      speaking = chime();
      navigator.vibrate?.(1); // asks for the permission while there is a click
    }
    button.setAttribute("aria-pressed", String(Boolean(audio)));
    button.textContent = audio ? button.dataset.on : button.dataset.off;
  });
}

// --- The screen ---------------------------------------------------------------------------------

function drawCalls(calls) {
  const now = part("now");
  if (calls.length) {
    const [last, ...before] = calls;
    now.hidden = false;
    part("none").hidden = true;
    write(part("number"), last.number);
    write(part("where-th"), last.where.th);
    write(part("where-en"), last.where.en);
    part("calls").replaceChildren(...before.slice(0, Number(part("calls").dataset.most)).map(row));
  } else {
    now.hidden = true;
    part("none").hidden = false;
    part("calls").replaceChildren();
  }
  part("before").hidden = calls.length < 2;
}

function row(call) {
  const line = make("li", call.here ? "" : "is-over");
  line.append(make("span", "hall-calls__number", call.number), make("span", "hall-calls__where", call.counter));
  return line;
}

function flash() {
  const now = part("now");
  now.classList.remove("is-new");
  void now.offsetWidth; // so that the movement begins anew
  now.classList.add("is-new");
}

function drawNext(waiting) {
  const list = part("next");
  list.replaceChildren(...waiting.slice(0, Number(list.dataset.most)).map(([number]) => make("li", "", number)));
  part("count").textContent = String(waiting.length);
}

function drawWaits(waits, open) {
  part("waits").replaceChildren(
    ...waits.map((wait) => {
      const line = make("tr");
      const name = make("th");
      name.scope = "row";
      name.append(make("span", "", wait.name.th), Object.assign(make("span", "hall-en", wait.name.en), { lang: "en" }));
      line.append(name, cell(wait.booked), cell(wait.walk_in));
      return line;
    }),
  );
  part("closed").hidden = open > 0;
}

function cell(words) {
  const box = make("td");
  if (words) box.append(make("span", "", words.th), Object.assign(make("span", "hall-en", words.en), { lang: "en" }));
  else box.textContent = "–";
  return box;
}

function drawScreen(content) {
  drawCalls(content.calls);
  drawNext(content.waiting);
  drawWaits(content.waits, content.open);
}

// --- A visitor's ticket -------------------------------------------------------------------------

let told = page?.dataset.state ?? "";

function drawTicket(content) {
  const mine = page.dataset.ticket;
  const call = content.calls.find((one) => one.number === mine && one.here);
  const place = content.waiting.find(([number]) => number === mine);
  const state = call ? "called" : place ? "waiting" : "over";
  part("called").hidden = state !== "called";
  part("waiting").hidden = state !== "waiting";
  if (call) {
    write(part("where"), say(call.where));
    document.title = `${mine}: ${say(call.where)}`;
  } else if (place) {
    const [, ahead, low, high] = place;
    const box = part("ahead");
    write(box, ahead === 0 ? box.dataset.next : fill(ahead === 1 ? box.dataset.one : box.dataset.many, { count: ahead }));
    const range = part("wait");
    write(range, low === null ? range.dataset.none : fill(low === 0 ? range.dataset.upTo : range.dataset.range, { low, high }));
    document.title = `${mine}: ${box.textContent}`;
  } else if (told !== "over") {
    // What became of it stands on the page, which is asked for this once.
    setTimeout(() => location.reload(), Math.max(0, SETTLED - performance.now()));
  }
  told = state;
}

// --- The stream ---------------------------------------------------------------------------------

const today = () => new Date(Date.now() + 7 * 3600_000).toISOString().slice(0, 10);
let known = null;

function show(content) {
  if (content.day !== today()) content = { calls: [], waiting: [], waits: [], open: 0 };
  const fresh = content.calls.filter((call) => call.here && known && !known.has(call.id));
  known = new Set(content.calls.map((call) => call.id));
  stillHere = new Set(content.calls.filter((call) => call.here).map((call) => call.id));
  if (page.dataset.ticket) {
    drawTicket(content);
    const mine = fresh.find((call) => call.number === page.dataset.ticket);
    if (mine) {
      announce(mine);
      navigator.vibrate?.([400, 200, 400, 200, 800]);
    }
    return;
  }
  drawScreen(content);
  if (fresh.length) flash();
  fresh.reverse().forEach(announce);
}

function follow() {
  const stream = new EventSource(page.dataset.hall);
  let waiting = null;
  const late = (is) => part("late") && (part("late").hidden = !is);
  stream.addEventListener("hall", (event) => show(JSON.parse(event.data)));
  stream.addEventListener("open", () => {
    clearTimeout(waiting);
    waiting = null;
    late(false);
  });
  stream.addEventListener("error", () => {
    waiting ??= setTimeout(() => late(true), LATE);
    if (stream.readyState === EventSource.CLOSED) setTimeout(follow, AGAIN);
  });
}

function tick() {
  const clock = part("clock");
  if (!clock) return;
  clock.textContent = new Date(Date.now() + 7 * 3600_000).toISOString().slice(11, 16);
  setTimeout(tick, 1000);
}

async function stayAwake() {
  try {
    await navigator.wakeLock?.request("screen");
  } catch {
    // A screen that goes dark when it is left alone still shows what it should when it is looked at.
  }
}

// A page that waits for something to happen to it: once checked in, a visit has a ticket to show.
for (const waits of document.querySelectorAll("[data-reload]")) {
  const stream = new EventSource(waits.dataset.reload);
  stream.addEventListener("changed", (event) => {
    setTimeout(() => location.reload(), event.data.includes("*") ? SETTLED * Math.random() : 0);
  });
}

if (page) {
  known = new Set((page.dataset.known || "").split(" "));
  follow();
  tick();
  if (!page.dataset.ticket) {
    stayAwake();
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && stayAwake());
  }
}
