/* The waiting room asks again by itself, and opens the calendar when it is one's turn. Without it, the page reloads. */

const AT_LEAST = 5; // seconds

async function again(room) {
  const answer = await fetch(room.dataset.here, { headers: { "X-Requested-With": "fetch" }, credentials: "same-origin" });
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(room.id);
  if (!fresh) {
    window.location.reload(); // the calendar is there
    return;
  }
  const [before, after] = [room, fresh].map((one) => one.querySelector("[role=status]"));
  if (before && after && before.innerHTML !== after.innerHTML) before.replaceChildren(...after.childNodes);
}

function wait(room) {
  const seconds = Math.max(AT_LEAST, Number(room.dataset.again) || AT_LEAST);
  // A little apart from each other, so that not everybody asks in the same moment.
  setTimeout(async () => {
    await again(room).catch(() => {});
    wait(room);
  }, (seconds + Math.random() * 2 - 1) * 1000);
}

const room = document.getElementById("waiting-room");
if (room) wait(room);
