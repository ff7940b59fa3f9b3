// The camera of a form (faces/camera.html): a picture, or frames of the movements that are asked for.
// Everything goes as files of the form it stands in. The preview is a mirror; what is sent is as the camera sees.
// Without this file, or without a camera, the form has a file's field, or says where else to go.

const HIGH = 640; // px; more shows no more of a face
const WIDE = 480;
const QUALITY = 0.75;
const EVERY = 200; // ms between two frames of a movement
const FIRST = 4; // frames straight ahead, to measure the rest against
const ANNOUNCED = [700, 700]; // ms before each of the frames while somebody reads what to do
const HELD = 10; // frames of each movement: two seconds
const LOOK = 1200; // ms between two looks at how good the picture would be

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function camera(box) {
  const part = (name) => box.querySelector(`[data-camera-${name}]`);
  const video = box.querySelector("video");
  const shown = box.querySelector("canvas");
  const form = box.closest("form");
  const file = box.querySelector("input[type=file]");
  const words = (key) => box.dataset[`words${key[0].toUpperCase()}${key.slice(1)}`] || "";
  let stream = null;
  let taken = false;

  const state = (name, step = "") => Object.assign(box.dataset, { state: name, step });
  const say = (text) => {
    if (part("words").textContent !== text) part("words").textContent = text;
  };

  function trouble(kind) {
    stop();
    part("live").hidden = true;
    part("begin").hidden = true;
    if (part("again")) part("again").hidden = true;
    part("file").hidden = false;
    if (part("submit")) part("submit").hidden = false;
    part("trouble").textContent = part("trouble").dataset[kind];
    part("trouble").hidden = false;
  }

  function stop() {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
  }

  // The part of the picture that the page shows, as large as is of use: who sits beside is not sent.
  function draw(canvas) {
    const tall = Math.min(video.videoHeight, (video.videoWidth * HIGH) / WIDE);
    const wide = (tall * WIDE) / HIGH;
    canvas.height = Math.round(Math.min(HIGH, tall));
    canvas.width = Math.round((canvas.height * WIDE) / HIGH);
    const [x, y] = [(video.videoWidth - wide) / 2, (video.videoHeight - tall) / 2];
    canvas.getContext("2d").drawImage(video, x, y, wide, tall, 0, 0, canvas.width, canvas.height);
    return canvas;
  }

  const jpeg = (canvas, quality = QUALITY) =>
    new Promise((done, failed) =>
      canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))), "image/jpeg", quality),
    );

  function give(blobs) {
    const given = new DataTransfer();
    blobs.forEach((blob, number) => given.items.add(new File([blob], `${number}.jpg`, { type: "image/jpeg" })));
    file.files = given.files;
  }

  async function ask(fields) {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    for (const [key, value] of Object.entries(fields)) body.append(key, value);
    const answer = await fetch(box.dataset.ask, { method: "POST", body, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(`${answer.status}`);
    return answer.json();
  }

  async function start() {
    part("trouble").hidden = true;
    part("begin").hidden = true;
    part("live").hidden = false;
    shown.hidden = true;
    video.hidden = false;
    state("waiting");
    say(words("wait"));
    part("words").focus({ preventScroll: true });
    stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: box.dataset.side, width: { ideal: 1280 }, height: { ideal: 960 } },
    });
    video.srcObject = stream;
    await video.play();
    part("live").scrollIntoView({ block: "start" });
  }

  // One picture: live, taken, taken again.
  async function advise() {
    while (stream && !taken) {
      if (!document.hidden) await once().catch(() => {}); // no connection, or too often: the picture is judged when sent
      await sleep(LOOK);
    }
  }

  async function once() {
    const told = await ask({ picture: await jpeg(draw(document.createElement("canvas")), 0.6) });
    if (taken) return;
    state(told.ok ? "good" : "live");
    say(told.ok ? words("good") : told.advice[0] || words("ready"));
  }

  async function live() {
    taken = false;
    await start();
    part("take").hidden = false;
    part("again").hidden = true;
    if (part("submit")) part("submit").hidden = true;
    state("live");
    say(words("ready"));
    if (box.dataset.ask) advise();
  }

  async function take() {
    const blob = await jpeg(draw(shown));
    taken = true;
    give([blob]);
    stop();
    shown.hidden = false;
    video.hidden = true;
    part("take").hidden = true;
    part("again").hidden = false;
    if (part("submit")) part("submit").hidden = false;
    state("taken");
    say(words("taken"));
    (part("submit")?.querySelector("button") || part("again")).focus();
    box.dispatchEvent(new CustomEvent("camera:taken", { bubbles: true, detail: { picture: blob } }));
  }

  // Movements: what is asked, in large words, and frames of all of it.
  function dots(now) {
    [...part("dots").children].forEach((dot, number) => {
      dot.className = number < now ? "is-done" : number === now ? "is-now" : "";
    });
  }

  async function frames(number, asked) {
    const kept = [];
    const canvas = document.createElement("canvas");
    const keep = async (wait) => {
      await sleep(wait);
      if (document.hidden || !stream?.active) throw new Error("away");
      kept.push(await jpeg(draw(canvas)));
    };
    say(words("ready"));
    state("live");
    await sleep(ANNOUNCED[0]);
    for (let count = 0; count < number; count += 1) await keep(EVERY);
    for (const [at, one] of asked.entries()) {
      dots(at);
      part("step").textContent = words("step").replace("%{number}", at + 1).replace("%{count}", asked.length);
      state("acting", one.step);
      say(one.text);
      navigator.vibrate?.(60);
      for (const wait of ANNOUNCED) await keep(wait);
      for (let count = 0; count < HELD; count += 1) await keep(EVERY);
    }
    dots(asked.length);
    return kept;
  }

  async function challenge() {
    await start();
    const asked = await ask({}).catch(() => null);
    if (!asked) return trouble("away");
    part("challenge").value = asked.id;
    give(await frames(FIRST, asked.steps));
    stop();
    state("taken");
    part("step").textContent = "";
    say(words("sending"));
    return form.requestSubmit ? form.requestSubmit() : form.submit();
  }

  function failed(error) {
    const denied = ["NotAllowedError", "SecurityError"].includes(error.name);
    trouble(denied ? "denied" : error.message === "away" ? "away" : "none");
  }

  const begin = () => (box.dataset.camera === "portrait" ? live() : challenge()).catch(failed);

  part("start").addEventListener("click", begin);
  part("again")?.addEventListener("click", begin);
  part("take")?.addEventListener("click", () => take().catch(failed));
  window.addEventListener("pagehide", stop);
  part("begin").hidden = false;
  part("file").hidden = true;
  if (part("submit")) part("submit").hidden = true;
}

for (const box of document.querySelectorAll("[data-camera]")) {
  if (navigator.mediaDevices?.getUserMedia) camera(box); // else the page stays as it is without this file
}
