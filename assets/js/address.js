// Thai addresses: choosing a province fills the districts, choosing a district fills the sub-districts and the
// postcode. Without this script the same page asks in steps.

async function children(source, parent) {
  const answer = await fetch(`${source}?parent=${encodeURIComponent(parent)}`, { headers: { Accept: "application/json" } });
  return answer.ok ? (await answer.json()).areas : [];
}

function fill(select, areas) {
  select.length = 1; // keeps "choose"
  for (const area of areas) {
    const option = new Option(area.name, area.code);
    if (area.postcode) option.dataset.postcode = area.postcode;
    select.add(option);
  }
  select.disabled = areas.length === 0;
}

export function addresses(root) {
  for (const group of root.querySelectorAll("[data-address]")) {
    const [province, district, subdistrict] = ["province", "district", "subdistrict"].map((part) =>
      group.querySelector(`[data-part="${part}"]`),
    );
    const postcode = group.querySelector('[data-part="postcode"]');
    const source = group.dataset.address;
    group.querySelectorAll("[data-steps]").forEach((element) => (element.hidden = true));
    province.addEventListener("change", async () => {
      fill(subdistrict, []);
      fill(district, province.value ? await children(source, province.value) : []);
    });
    district.addEventListener("change", async () => {
      fill(subdistrict, district.value ? await children(source, district.value) : []);
    });
    subdistrict.addEventListener("change", () => {
      const code = subdistrict.selectedOptions[0]?.dataset.postcode;
      if (code && postcode) postcode.value = code;
    });
  }
}
