/* Speed for those who work here all day; the desk does everything without it. */

const list = document.querySelector("[data-list]");

if (list) {
  const rows = [...list.tBodies[0].rows];
  const link = (row) => row.querySelector("th a");
  const box = (row) => row.querySelector('input[name="case"]');

  for (const hint of document.querySelectorAll("[data-keys], [data-choose-all]")) hint.hidden = !rows.some(box);

  document.querySelector("[data-choose-all] input")?.addEventListener("change", (event) => {
    for (const row of rows) if (box(row)) box(row).checked = event.target.checked;
  });

  // Only while the focus is in the list: keys pressed elsewhere mean nothing (WCAG 2.1.4).
  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = rows.indexOf(event.target.closest("tr"));
    const steps = { j: 1, k: -1 };
    if (event.key in steps) {
      link(rows[at + steps[event.key]] ?? rows[at]).focus();
    } else if (event.key === "Enter" && event.target === box(rows[at])) {
      link(rows[at]).click(); // not the form's first button, which would take what happens to be chosen
    } else if (event.key === "x" && box(rows[at])) {
      box(rows[at]).checked = !box(rows[at]).checked;
    } else {
      return;
    }
    event.preventDefault();
  });
}
