// Reads the QR of an appointment with the phone's camera and sends it as if it had been typed.
// The browser reads it where it can (BarcodeDetector), else jsQR does. Nothing of the picture leaves the phone.
import jsQR from "jsqr";

const PAUSE = 150; // ms between two looks
const SAME = 20_000; // ms in which a code that was just sent is not sent again: the phone is still before it
const WIDTH = 640; // px; larger pictures take longer and show no more

const form = document.querySelector("[data-scan]");
const video = form.querySelector("video");
const status = form.querySelector("[data-status]");

async function reader() {
  const known = "BarcodeDetector" in window ? await BarcodeDetector.getSupportedFormats() : [];
  if (known.includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async () => (await detector.detect(video))[0]?.rawValue;
  }
  const canvas = document.createElement("canvas");
  const picture = canvas.getContext("2d", { willReadFrequently: true });
  return async () => {
    canvas.width = WIDTH;
    canvas.height = Math.round((WIDTH * video.videoHeight) / video.videoWidth);
    picture.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = picture.getImageData(0, 0, canvas.width, canvas.height);
    return jsQR(data, width, height, { inversionAttempts: "dontInvert" })?.data;
  };
}

const sent = JSON.parse(sessionStorage.getItem("scanned") || "{}");

function isNew(text) {
  return text && !(text === sent.text && Date.now() < sent.at + SAME);
}

function found(text, stream) {
  sessionStorage.setItem("scanned", JSON.stringify({ text, at: Date.now() }));
  stream.getTracks().forEach((track) => track.stop());
  navigator.vibrate?.(80);
  status.textContent = form.dataset.found;
  form.elements.code.value = text;
  form.requestSubmit();
}

async function look(read, stream) {
  const text = video.videoWidth ? await read() : "";
  if (isNew(text)) found(text, stream);
  else setTimeout(() => look(read, stream), PAUSE);
}

async function start() {
  if (!navigator.mediaDevices) throw new Error("no camera");
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  status.textContent = form.dataset.looking;
  look(await reader(), stream);
}

start().catch(() => {
  status.textContent = form.dataset.failed;
});
