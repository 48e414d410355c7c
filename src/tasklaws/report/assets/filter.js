// The filter by family and task: it narrows panels, the marks of charts and the rows of tables.
let query = "";

// What a figure's marks are named by: for each family or task of its table all that a reader may type.
const namesOf = (figure) => {
  const table = tableOf(figure);
  const names = new Map();
  if (!figure.querySelector(".panel[data-name]") && table.data.naming.length)
    table.data.rows.forEach((row, i) => table.data.naming.forEach((key) => {
      const name = visible(String(row[key] ?? ""));
      if (name) names.set(name, `${names.get(name) ?? ""}\n${table.texts[i]}`);
    }));
  return names;
};
const named = new Map();
const filtered = (figure) => {
  if (!query) return () => true;
  if (!named.has(figure)) named.set(figure, namesOf(figure));
  const names = named.get(figure);
  const about = (text) => names.get(text) ?? [...names.keys()].find((name) => text.includes(name));
  // A mark that is about no family and no task stays.
  return (row) => typeof row.name !== "string" || about(row.name) === undefined
    || `${row.name}\n${names.get(row.name) ?? ""}`.toLowerCase().includes(query);
};

const narrow = () => {
  let [rows, ofRows, panels, ofPanels] = [0, 0, 0, 0];
  for (const table of tables.values()) {
    if (!table.data.naming.length) continue;
    rows += table.show(query);
    ofRows += table.data.rows.length;
  }
  for (const panel of document.querySelectorAll(".panel[data-name]")) {
    panel.hidden = !panel.dataset.name.toLowerCase().includes(query);
    [panels, ofPanels] = [panels + !panel.hidden, ofPanels + 1];
  }
  const changed = holders.filter((holder) => !holder.closest("[data-name]") && marksChange(holder));
  document.getElementById("filtered").textContent = !query ? ""
    : `${panels} of ${ofPanels} panels and ${rows.toLocaleString("en-GB")} of `
      + `${ofRows.toLocaleString("en-GB")} table rows match.`;
  for (const figure of document.querySelectorAll("figure")) {
    const own = [...figure.querySelectorAll(".panel[data-name]")];
    figure.querySelector(".none").hidden = !own.length || own.some((panel) => !panel.hidden);
  }
  return drawAgain([...changed, ...holders.filter((holder) => waiting.has(holder))]);
};
const marksChange = (holder) => {
  const figure = holder.closest("figure");
  if (!named.has(figure)) named.set(figure, namesOf(figure));
  return named.get(figure).size > 0;
};

const field = document.getElementById("filter");
if (field) {
  field.closest(".filter").hidden = false;
  let later;
  const changed = () => {
    query = field.value.trim().toLowerCase();
    narrow();
  };
  field.addEventListener("input", () => {
    clearTimeout(later);
    document.documentElement.dataset.charts = "waiting";
    later = setTimeout(changed, 150);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    clearTimeout(later);
    field.value = "";
    changed();
  });
}
