// Writes the licence file of the bundle: every package that esbuild put into it, with version and text.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [metafile, target] = process.argv.slice(2);
const packageOf = (path) => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1];
const inputs = Object.keys(JSON.parse(readFileSync(metafile, "utf8")).inputs);
// Packages that these carry inside their built files, where esbuild cannot see them.
const INLINED = {
  "vega-embed": ["fast-json-patch", "semver", "tslib"],
  "d3-array": ["internmap"],
  "d3-delaunay": ["delaunator", "robust-predicates"],
};
const seen = inputs.map(packageOf).filter(Boolean);
const names = [...new Set(seen.flatMap((name) => [name, ...(INLINED[name] ?? [])]))].sort();

const licence = (name) => {
  const folder = join("node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} ${version} has no licence file; find its text before you ship it.`);
  return `== ${name} ${version} (${license}) ==\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
};

writeFileSync(target, `vega-bundle.js holds the packages below.\n\n${names.map(licence).join("\n")}`);
