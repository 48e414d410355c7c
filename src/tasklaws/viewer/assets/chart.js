"use strict";
// Draws the charts of a page from the JSON beside them; their numbers stand in the table below in any case.
(() => {
  const draw = async (holder) => {
    const spec = JSON.parse(document.getElementById(holder.dataset.spec).textContent);
    try {
      await globalThis.tasklawsDraw(holder, spec, { renderer: "svg" });
      holder.dataset.state = "drawn";
    } catch (error) {
      holder.dataset.state = "failed";
      holder.textContent = "This chart could not be drawn; its numbers are in the table below.";
      console.error(error);
    }
  };
  Promise.all([...document.querySelectorAll("[data-spec]")].map(draw)).then(() => {
    document.documentElement.dataset.charts = "done";
  });
})();
