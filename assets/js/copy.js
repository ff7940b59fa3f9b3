// "Copy" beside a text: hidden until a script can do it. Who listens to the page is told that it was copied.
export function copies(root) {
  if (!navigator.clipboard) return; // a page that is not https
  for (const button of root.querySelectorAll("[data-copy]")) {
    const words = button.textContent;
    const said = button.parentElement.querySelector("[role=status]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = said.textContent = button.dataset.copied;
      setTimeout(() => {
        button.textContent = words;
        said.textContent = "";
      }, 3000);
    });
  }
}
