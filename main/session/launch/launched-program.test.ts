import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LaunchedProgram } from './launched-program.ts';

const started: number[] = [];
const folders: string[] = [];

afterEach(() => {
  for (const pid of started.splice(0)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** The module as plain JavaScript, for a process without vitest. */
async function built(folder: string): Promise<string> {
  const shared = fileURLToPath(new URL('../../../shared/', import.meta.url));
  await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { alias: [{ find: /^#shared\//, replacement: shared }] },
    ssr: { noExternal: true },
    build: {
      ssr: fileURLToPath(new URL('launched-program.ts', import.meta.url)),
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: 'launched-program.mjs' } },
    },
  });
  return join(folder, 'launched-program.mjs');
}

async function launch(script: string, command = process.execPath, cwd: string | null = null) {
  const received = { stdout: '', stderr: '', end: '' };
  const program = await LaunchedProgram.start(
    { command, args: ['-e', script], cwd, env: { GREETING: 'hello' } },
    {
      output: (stream, text) => (received[stream] += text),
      end: ({ text }) => (received.end = text),
    },
  );
  started.push(program.pid);
  return { program, received };
}

describe('LaunchedProgram', () => {
  it('receives both streams to the last character, and the end', async () => {
    const { received } = await launch(
      `console.log(process.env.GREETING); console.error('é'); process.stdout.write('x'.repeat(300000)); process.exitCode = 3`,
    );
    await vi.waitFor(() => expect(received.end).toBe('it ended with exit code 3'), 5000);
    expect(received.stdout).toBe(`hello\n${'x'.repeat(300_000)}`);
    expect(received.stderr).toBe('é\n');
  });

  it('kills on request', async () => {
    const { program, received } = await launch('setInterval(() => {}, 1000)');
    program.kill();
    await vi.waitFor(() => expect(received.end).toBe('it was ended by SIGKILL'), 5000);
  });

  it('reports why a program cannot be started', async () => {
    await expect(launch('', '/does/not/exist')).rejects.toMatchObject({
      kind: 'io',
      message: '/does/not/exist could not be started: no such program.',
    });
    await expect(launch('', '/etc/passwd')).rejects.toThrow('it may not be executed');
    await expect(launch('', process.execPath, '/does/not/exist')).rejects.toMatchObject({
      kind: 'no-such-folder',
      message: 'There is no folder /does/not/exist.',
    });
  });

  it('leaves a program running and writing when its launcher is killed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'launched-'));
    folders.push(folder);
    const file = join(folder, 'counter');
    const module = await built(folder);
    // The process in the middle plays the engine: it starts the program in the same way, and is killed.
    const target = `console.log(process.pid); setInterval(() => { console.log('.'); require('fs').appendFileSync(${JSON.stringify(file)}, '.') }, 5)`;
    const request = { command: process.execPath, args: ['-e', target], cwd: null, env: {} };
    const engine = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { LaunchedProgram } from ${JSON.stringify(module)};
         await LaunchedProgram.start(${JSON.stringify(request)}, { output: (stream, text) => console.log(text), end: () => {} });
         setInterval(() => {}, 1000);`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [first] = (await once(engine.stdout, 'data')) as [Buffer];
    started.push(Number.parseInt(first.toString()));
    engine.kill('SIGKILL');
    await once(engine, 'exit');
    const written = () => (existsSync(file) ? statSync(file).size : 0);
    const before = written();
    await vi.waitFor(() => expect(written()).toBeGreaterThan(before + 20), 5000);
  });
});
