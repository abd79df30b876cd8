/** Set-up of the test run: the folder of the scripts that tests start (`built-scripts.ts`), and what is beside them. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ProvidedContext } from 'vitest';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    readonly scriptsFolder: string;
  }
}

const preload = fileURLToPath(new URL('../backends/preload/', import.meta.url));

const lab = fileURLToPath(new URL('../../methods/methods-lab.c', import.meta.url));

/** Once for all projects that name it. */
export default function makeScriptsFolder(project: TestProject): (() => void) | undefined {
  const root = project.vitest.getRootProject();
  // Undefined before the first call.
  const { scriptsFolder: made } = root.getProvidedContext() as Partial<ProvidedContext>;
  const folder = made ?? mkdtempSync(join(tmpdir(), 'native-'));
  // A separate cache: names of code that an earlier version cached must not be used.
  Object.assign(project.config, { env: { ...project.config.env, XDG_CACHE_HOME: join(folder, 'cache') } });
  if (made !== undefined) return undefined;
  fill(folder);
  root.provide('scriptsFolder', folder);
  // Something changed: the next run rebuilds.
  project.onTestsRerun(() => {
    for (const name of readdirSync(folder)) if (name.endsWith('.mjs')) rmSync(join(folder, name));
  });
  return () => rmSync(folder, { recursive: true, force: true });
}

function fill(folder: string): void {
  chmodSync(folder, 0o755);
  const modules = dirname(dirname(createRequire(import.meta.url).resolve('koffi')));
  mkdirSync(join(folder, 'node_modules'));
  for (const name of ['koffi', '@koromix', '@foxglove', 'gecko-profiler-demangle']) {
    const unneeded = /koffi\/(vendor|doc)(\/|$)/;
    cpSync(join(modules, name), join(folder, 'node_modules', name), {
      recursive: true,
      filter: (path) => !unneeded.test(path.slice(modules.length)),
    });
  }
  for (const source of ['preload.c', 'launcher.c'])
    cpSync(join(preload, source), join(folder, 'native', 'preload', source));
  cpSync(lab, join(folder, 'native', 'methods', 'methods-lab.c'));
}
