// Builds sala/web/static/web: style sheet, script, fonts, pictures. Run by `make assets`; the results are committed,
// so that a newcomer needs no node. `assets.json` names the hash of what went in, and tools/assets.py compares it.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { compile } from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "sala", "web", "static", "web");
const modules = join(here, "node_modules");
const SOURCES = ["scss", "js", "img", "licences"];
const SINGLE = ["build.js", "package.json", "package-lock.json"];

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? walk(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

const written = [];

/** Writes one file of the result; what else stands in that folder is not ours. */
function write(name, content) {
  mkdirSync(dirname(join(out, name)), { recursive: true });
  writeFileSync(join(out, name), content);
  written.push(name);
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** One hash over the names and contents of all inputs, sorted by name. tools/assets.py computes the same. */
function inputsHash() {
  const files = [...SOURCES.flatMap((folder) => walk(join(here, folder))), ...SINGLE.map((name) => join(here, name))];
  const lines = files.map((file) => `${relative(here, file)} ${sha256(readFileSync(file))}\n`).sort();
  return sha256(lines.join(""));
}

const copy = (from, to) => write(to, readFileSync(from));

const inputs = inputsHash();
const banner = `/*! Sala. Built by assets/build.js; do not edit. Inputs: ${inputs}. Holds parts of govuk-frontend (MIT, see LICENSES.txt). */\n`;

// charset: false leaves out the byte order mark, which is wrong after a banner; the server says it is UTF-8.
// wallet.css is for the pages below /id/. hall.css and hall.js are for the hall's pages alone, scan.js for the page with the camera.
for (const name of ["sala", "hall", "wallet"]) {
  const { css } = compile(join(here, "scss", `${name}.scss`), { style: "compressed", charset: false, loadPaths: [modules], quietDeps: true });
  write(`${name}.css`, banner + css + "\n");
}
for (const name of ["sala", "hall", "scan"]) {
  const bundle = await build({
    entryPoints: [join(here, "js", `${name}.js`)],
    bundle: true, minify: true, write: false, format: "esm", target: "es2020", legalComments: "none",
    banner: { js: banner.trim() },
  });
  write(`${name}.js`, bundle.outputFiles[0].contents);
}

const sarabun = join(modules, "@fontsource", "sarabun");
for (const subset of ["thai", "latin", "latin-ext"]) {
  for (const weight of ["400", "700"]) {
    copy(join(sarabun, "files", `sarabun-${subset}-${weight}-normal.woff2`), `fonts/sarabun-${subset}-${weight}.woff2`);
  }
}
copy(join(sarabun, "LICENSE"), "fonts/OFL.txt");
for (const file of walk(join(here, "img"))) copy(file, relative(join(here, "img"), file));

const mit = readFileSync(join(here, "licences", "govuk-frontend.txt"), "utf8");
const apache = readFileSync(join(here, "licences", "jsqr.txt"), "utf8");
write("LICENSES.txt", `sala.css and sala.js hold parts of govuk-frontend:\n\n${mit}\nThe fonts are Sarabun, under the licence in fonts/OFL.txt.\n\nscan.js holds jsQR:\n\n${apache}`);

const outputs = Object.fromEntries(written.sort().map((name) => [name, sha256(readFileSync(join(out, name)))]));
writeFileSync(join(out, "assets.json"), JSON.stringify({ inputs, outputs }, null, 1) + "\n");
console.log(`built ${Object.keys(outputs).length} files, inputs ${inputs.slice(0, 12)}`);
