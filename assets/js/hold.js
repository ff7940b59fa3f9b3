// The place that is kept: counts down what the server said is left, so that a wrong clock in the device does no harm.
// What is read aloud: five, two and one minute, and the end. Without this script the clock time stands there.
const SAID = [300, 120, 60];

function two(number) {
  return String(number).padStart(2, "0");
}

function follow(strip) {
  const clock = strip.querySelector("[data-clock]");
  const line = strip.querySelector("[data-clock-line]");
  const said = strip.querySelector("[data-announce]");
  let left = Number(strip.dataset.left);
  if (!clock || !(left > 0)) return;
  const ends = performance.now() + left * 1000;
  const words = (minutes) => (minutes === 1 ? strip.dataset.minute : strip.dataset.minutes.replace("%s", minutes));

  const tick = () => {
    const before = left;
    left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
    clock.textContent = `${Math.floor(left / 60)}:${two(left % 60)}`;
    for (const mark of SAID) if (before > mark && left <= mark) said.textContent = words(mark / 60);
    if (left > 0) return;
    clearInterval(timer);
    strip.classList.add("sala-hold--lapsed");
    line.textContent = strip.dataset.lapsed;
    said.textContent = strip.dataset.lapsed;
  };
  const timer = setInterval(tick, 1000);
  clock.hidden = false;
  tick();
}

export function holds(root) {
  for (const strip of root.querySelectorAll("[data-hold]")) follow(strip);
}

// A page taken out of the browser's memory shows an old time: it is asked for again.
addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("[data-hold]")) location.reload();
});
