// Keys that hide and show, keyboard, print, and the first drawing.
for (const button of document.querySelectorAll("[data-switch]")) {
  const figure = button.closest("figure");
  button.disabled = false;
  button.setAttribute("aria-pressed", "true");
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") === "false";
    button.setAttribute("aria-pressed", String(on));
    const entry = JSON.stringify([button.dataset.switch, button.dataset.value]);
    if (!hidden.has(figure)) hidden.set(figure, new Set());
    hidden.get(figure)[on ? "delete" : "add"](entry);
    drawAgain([...figure.querySelectorAll(".chart")]);
  });
}
for (const button of document.querySelectorAll("[data-picture]")) {
  button.hidden = false;
  button.addEventListener("click", () => savePicture(button.closest("figure")));
}
for (const holder of holders) {
  holder.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== holder) return;
    event.preventDefault(); // or the same press would close the table again
    const details = holder.closest("figure").querySelector("details");
    details.open = true;
    details.querySelector("summary").focus();
  });
}
const near = new IntersectionObserver((entries) => {
  entries.filter((entry) => entry.isIntersecting && waiting.has(entry.target) && shown(entry.target))
    .forEach((entry) => draw(entry.target));
}, { rootMargin: "25% 0px" });
addEventListener("beforeprint", () => [...waiting].filter(shown).forEach(draw));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
  drawAgain(holders.filter((holder) => holder.dataset.renderer === "canvas")));

drawAgain(holders).then(() => {
  document.documentElement.dataset.window = "drawn";
  holders.forEach((holder) => near.observe(holder));
});
