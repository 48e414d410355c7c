// Draws charts: those near the window at once, the others while nothing else is to do.
const specs = read(document.getElementById("specs"));
const holders = [...document.querySelectorAll("[data-spec]")];
const waiting = new Set(holders);
const views = new Map();
const hidden = new Map(); // figure -> switches of its key that are off

const shown = (holder) => holder.clientWidth > 0;
const off = (figure) => [...(hidden.get(figure) || [])].map((entry) => JSON.parse(entry));

// Whether a reader sees a row: the filter and the key decide.
const kept = (figure) => {
  const rows = off(figure).filter(([kind]) => kind.startsWith("rows:"));
  const matches = filtered(figure);
  return (row) => matches(row) && !rows.some(([kind, text]) => row[kind.slice(5)] === text);
};

const specOf = (holder) => {
  const panel = read(document.getElementById(holder.dataset.spec));
  const figure = holder.closest("figure");
  const whole = panel.data.map(unpacked);
  const data = whole.map((rows) => rows.filter(kept(figure)));
  const canvas = holder.dataset.renderer === "canvas";
  const spec = filled(specs[panel.spec], data, canvas ? asSeen : undefined);
  const without = off(figure).filter(([kind]) => kind.startsWith("layers:")).map(([kind]) => kind.slice(7));
  // A layer without a row has no extent, and the library complains of it.
  spec.layer = spec.layer.filter((layer) => !without.some((name) => (layer.name || "").startsWith(name))
    && (layer.data || spec.data).values.length > 0);
  const lines = spec.layer.some((layer) => layer.encoding.y?.field === "name");
  const share = lines && whole[0].length ? data[0].length / whole[0].length : 1;
  return { ...spec, description: panel.description, height: Math.max(panel.height * share, 40) };
};

// Names take at most a third of the width, so that a narrow page keeps room for the marks.
const fitted = (spec, width) => {
  const room = Math.min(spec.config.axis.labelLimit, Math.max(120, width / 3));
  spec.params[0].value = Math.min(spec.params[0].value, Math.floor(room / 7.6));
  spec.config.axis.labelLimit = room;
  return spec;
};

// Marks without words, such as lines of reference, are left out for those who listen to the page.
const hideWordless = (holder) => holder.querySelectorAll("[role=graphics-symbol]:not([aria-label])")
  .forEach((mark) => mark.setAttribute("aria-hidden", "true"));

const draw = async (holder) => {
  waiting.delete(holder);
  views.get(holder)?.finalize();
  views.delete(holder);
  const spec = specOf(holder);
  holder.dataset.state = spec.layer.length ? "drawn" : "empty";
  if (!spec.layer.length) return holder.replaceChildren();
  try {
    const { view } = await globalThis.tasklawsDraw(
      holder, fitted(spec, holder.clientWidth), { renderer: holder.dataset.renderer });
    views.set(holder, view);
    hideWordless(holder);
  } catch (error) {
    holder.dataset.state = "failed";
    holder.textContent = "This chart could not be drawn; its numbers are in the table below.";
    console.error(error);
  }
};

const idle = globalThis.requestIdleCallback || ((next) => setTimeout(next, 1));
let working = false;
const SLICE = 80; // milliseconds of drawing before the page listens to its reader again
const drawSome = async () => {
  const until = performance.now() + SLICE;
  let next = [...waiting].find(shown);
  while (next && performance.now() < until) {
    await draw(next);
    next = [...waiting].find(shown);
  }
  if (next) return idle(drawSome, { timeout: 100 });
  working = false;
  document.documentElement.dataset.charts = "done";
};
const drawWaiting = () => {
  if (working) return;
  working = true;
  document.documentElement.dataset.charts = "waiting";
  idle(drawSome, { timeout: 100 });
};
const drawAgain = (some) => {
  some.forEach((holder) => waiting.add(holder));
  const inWindow = some.filter((holder) => shown(holder) && nearWindow(holder));
  return Promise.all(inWindow.map(draw)).then(drawWaiting);
};

const nearWindow = (holder) => {
  const { top, bottom } = holder.getBoundingClientRect();
  return bottom > 0 && top < innerHeight;
};

const save = (address, name) => {
  const link = document.createElement("a");
  [link.href, link.download] = [address, name];
  link.click();
};
const saveText = (text, type, name) => {
  const address = URL.createObjectURL(new Blob([text], { type }));
  save(address, name);
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
};
const savePicture = async (figure) => {
  const holder = figure.querySelector(".chart");
  const view = views.get(holder);
  if (!view) return;
  if (holder.dataset.renderer === "canvas") save(await view.toImageURL("png", 2), `${figure.id}.png`);
  else saveText(onPaper(await view.toSVG()), "image/svg+xml;charset=utf-8", `${figure.id}.svg`);
};
