"use strict";
// Draws every chart from the JSON beside it; the page stays readable where that fails.
(() => {
  const draw = async (holder) => {
    const spec = JSON.parse(document.getElementById(holder.dataset.spec).textContent);
    try {
      // Names take at most a third of the width, so that a narrow page keeps room for the marks.
      const room = Math.min(spec.config.axis.labelLimit, Math.max(120, holder.clientWidth / 3));
      spec.params[0].value = Math.min(spec.params[0].value, Math.floor(room / 7.6));
      spec.config.axis.labelLimit = room;
      const { view } = await globalThis.tasklawsDraw(holder, spec, { renderer: holder.dataset.renderer });
      holder.dataset.state = "drawn";
      offerPicture(holder, view);
    } catch (error) {
      holder.dataset.state = "failed";
      holder.textContent = "This chart could not be drawn; its numbers are in the table below.";
      console.error(error);
    }
  };
  const offerPicture = (holder, view) => {
    const link = holder.closest("figure").querySelector("a[data-picture]");
    if (!link) return;
    link.hidden = false;
    link.addEventListener("click", async (event) => {
      if (link.dataset.ready) return;
      event.preventDefault();
      link.href = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(await view.toSVG())}`;
      link.dataset.ready = "yes";
      link.click();
    });
  };
  const holders = [...document.querySelectorAll("[data-spec]")];
  Promise.all(holders.map(draw)).then(() => {
    document.documentElement.dataset.charts = "done";
  });
})();
