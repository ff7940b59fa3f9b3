// Thai addresses: what is typed (a postcode, a name) is looked up at once and offered as a list. Without this script
// the button "Find" does the same with a page load.

async function offered(source, typed, chosen) {
  const query = new URLSearchParams({ q: typed, language: document.documentElement.lang });
  if (chosen) query.set("chosen", chosen);
  const answer = await fetch(`${source}?${query}`, { headers: { Accept: "application/json" } });
  return answer.ok ? (await answer.json()).areas : null;
}

function list(group, id) {
  let select = group.querySelector(`#${CSS.escape(id)}`);
  if (!select) {
    const template = group.querySelector("template");
    template.before(template.content.cloneNode(true));
    select = group.querySelector(`#${CSS.escape(id)}`);
  }
  return select;
}

function fill(select, areas) {
  const kept = select.value;
  select.length = 1; // keeps "choose one"
  for (const area of areas) {
    const option = new Option(area.text, area.code);
    option.dataset.level = area.level;
    select.add(option);
  }
  const exact = areas.length === 1 && areas[0].level === "subdistrict" ? String(areas[0].code) : kept;
  select.value = [...select.options].some((option) => option.value === exact) ? exact : "";
  select.closest(".govuk-form-group").hidden = areas.length === 0;
}

// Said aloud however many there are; that there is none is seen as well, since the list goes away with it.
function say(status, typed, areas) {
  const none = typed && areas.length === 0;
  status.classList.toggle("govuk-visually-hidden", !none);
  status.textContent = !typed ? "" : none ? status.dataset.none : status.dataset.found.replace("%s", areas.length);
}

export function addresses(root) {
  for (const group of root.querySelectorAll("[data-address]")) {
    const find = group.querySelector("[data-areas]");
    const id = find.dataset.areas;
    const status = group.querySelector("[data-status]");
    let asked = 0;
    let timer;

    const look = async (chosen) => {
      const mine = ++asked;
      const typed = find.value.trim().length >= 2;
      const areas = typed ? await offered(group.dataset.address, find.value, chosen) : [];
      if (mine !== asked || !areas) return; // typed on meanwhile, or the question failed: what is shown stays
      fill(list(group, id), areas);
      say(status, typed, areas);
    };
    group.querySelectorAll("[data-find]").forEach((element) => (element.hidden = true));
    find.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => look(), 300);
    });
    group.addEventListener("change", (event) => {
      if (event.target.id !== id) return;
      const level = event.target.selectedOptions[0]?.dataset.level;
      if (level && level !== "subdistrict") look(event.target.value);
    });
  }
}
