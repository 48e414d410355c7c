"use strict";
// What the page holds as JSON, put together again. Names of users are data here, never markup.
const read = (script) => JSON.parse(script.textContent);

const unpacked = ({ n, columns }) => {
  const rows = Array.from({ length: n }, () => ({}));
  for (const [key, column] of Object.entries(columns)) {
    const at = Array.isArray(column) ? (i) => column[i]
      : "all" in column ? () => column.all : (i) => column.of[column.at[i]];
    rows.forEach((row, i) => { const value = at(i); if (value !== null) row[key] = value; });
  }
  return rows;
};

// A copy of a spec with its rows in their places; what `leaf` makes of each text, such as a colour.
const filled = (part, data, leaf = (text) => text) => {
  if (typeof part === "string") return leaf(part);
  if (Array.isArray(part)) return part.map((one) => filled(one, data, leaf));
  if (part === null || typeof part !== "object") return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) =>
    [key, key === "data" ? { values: data[value.values] } : filled(value, data, leaf)]));
};

const COLOUR = /var\(--c([0-9a-f]{6})\)/g;
const onPaper = (text) => text.replace(COLOUR, "#$1");
const asSeen = (text) => text.replace(COLOUR, (_, name) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--c${name}`).trim());
