// Tables: the rows that the page has no room for as text, the filter's choice of rows, and CSV files.
const FIRST = 100;
const FORMULA = /^[=+\-@\t\r]/;
const STEERING = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu;

// Text with its steering characters spelt out, as the page's own text has them.
const visible = (text) => text.replace(STEERING, (sign) => {
  const code = sign.codePointAt(0);
  const [letter, digits] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
  return { 9: "\\t", 10: "\\n", 13: "\\r" }[code] ?? `\\${letter}${code.toString(16).padStart(digits, "0")}`;
});

const magnitude = (value) => {
  for (const [size, suffix] of [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]])
    if (value >= size && value < 1e15) return `${Number((value / size).toPrecision(3))}${suffix}`;
  return `${Number(value.toPrecision(3))}`;
};
const written = (value, how) => {
  if (value === undefined) return "\u2013";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "string") return visible(value);
  if (how === "percent") return `${(100 * value).toFixed(1)}\u00a0%`;
  if (how === "magnitude") return magnitude(value);
  return Number.isInteger(value) ? value.toLocaleString("en-GB") : `${Number(value.toPrecision(4))}`;
};

class Table {
  constructor(element) {
    this.element = element;
    this.body = element.querySelector("tbody");
    this.rows = [...this.body.rows];
    this.heads = [...element.querySelectorAll("th")];
    this.most = FIRST;
  }

  get data() {
    if (!this.known) {
      this.known = read(this.element.querySelector("script"));
      this.known.rows = unpacked(this.known.rows);
    }
    return this.known;
  }

  // What a reader filters by: the family and the task of a row.
  get texts() {
    this.lowered ||= this.data.rows.map((row) =>
      this.data.naming.map((key) => visible(String(row[key] ?? ""))).join("\n").toLowerCase());
    return this.lowered;
  }

  rowAt(i) {
    this.rows[i] ||= this.made(this.data.rows[i]);
    return this.rows[i];
  }

  made(row) {
    const line = document.createElement("tr");
    this.data.keys.forEach((key, at) => {
      const cell = line.insertCell();
      cell.className = this.heads[at].className;
      if (this.data.written[at] === "link" && row[key]) {
        const link = cell.appendChild(document.createElement("a"));
        [link.href, link.textContent] = [row[key], key];
      } else cell.textContent = written(row[key], this.data.written[at]);
    });
    return line;
  }

  // Shows the rows that match `query`, up to as many as the table shows, and returns how many match.
  show(query) {
    const all = this.data.rows.map((_, i) => i);
    const found = query && this.data.naming.length ? all.filter((i) => this.texts[i].includes(query)) : all;
    const drawn = found.slice(0, this.most);
    this.body.replaceChildren(...drawn.map((i) => this.rowAt(i)));
    const told = found.length < all.length ? `${found.length.toLocaleString("en-GB")} rows match. ` : "";
    this.element.querySelector("[data-shown]").textContent = told + (drawn.length < found.length
      ? `Showing ${drawn.length} of ${found.length.toLocaleString("en-GB")} rows.` : "");
    this.element.querySelector("[data-all]").hidden = drawn.length === found.length;
    return found.length;
  }

  csv() {
    const cell = (value) => {
      const text = value === undefined ? "" : String(value);
      const safe = typeof value === "string" && FORMULA.test(text) ? `'${text}` : text;
      return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };
    const { keys, rows } = this.data;
    return [keys, ...rows.map((row) => keys.map((key) => row[key]))]
      .map((line) => `${line.map(cell).join(",")}\r\n`).join("");
  }
}

const tables = new Map([...document.querySelectorAll("[data-table]")].map((one) => [one, new Table(one)]));
const tableOf = (figure) => tables.get(figure.querySelector("[data-table]"));

for (const table of tables.values()) {
  const [all, csv] = ["all", "csv"].map((name) => table.element.querySelector(`[data-${name}]`));
  all.hidden = !table.element.querySelector("[data-shown]").textContent;
  all.addEventListener("click", () => {
    table.most = Infinity;
    table.show(query);
    table.element.querySelector(".scroll").focus();
  });
  csv.hidden = false;
  csv.addEventListener("click", () =>
    saveText(table.csv(), "text/csv;charset=utf-8", `${table.element.dataset.table}.csv`));
}
