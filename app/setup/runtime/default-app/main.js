// What Electron's own default_app does: `electron [-r MODULE] FOLDER ARGUMENTS` runs the application in FOLDER.
// It is a module with top-level await, because Electron holds its `ready` event back until this module has loaded,
// so that the application's own module runs before `ready`, as it does with the official runtime.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

process.defaultApp = true;
const require = createRequire(import.meta.url);

const options = process.argv.slice(1);
const preloads = [];
let folder;
while (folder === undefined && options.length > 0) {
  const option = options.shift();
  if (option === '-r' || option === '--require') preloads.push(options.shift());
  else if (!option.startsWith('-')) folder = resolve(option);
}
// The preload modules may still rewrite the arguments, so they run first.
for (const file of preloads) require(file);

if (folder === undefined) {
  process.stdout.write(`Electron ${process.versions.electron}: name the application's folder.\n`);
  app.exit(1);
} else {
  const about = JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8'));
  app.setName(about.productName ?? about.name);
  app.setVersion(about.version ?? '0.0.0');
  app.setAppPath(folder);
  await import(pathToFileURL(resolve(folder, about.main ?? 'index.js')).href);
}
