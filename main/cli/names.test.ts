/** Names with blanks, controls and bytes that are not UTF-8, of a real program and of a file that it maps. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listedProcessSchema } from '#shared/contract/process-list.ts';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { RunningCli } from './testing/run-cli.ts';

/** Names itself, maps two shared files of which one is deleted, and writes to both at every line that it reads. */
const PROGRAM = String.raw`
import ctypes, mmap, os, sys
ctypes.CDLL(None).prctl(15, b'\xc3\xa9\t\n\\n\x1b[31m\xff)', 0, 0, 0)
folder = os.fsencode(sys.argv[1])
maps = []
for name in b'a \t\x1b[2J\n\\z \xff (deleted)', b'gone \xc3\xa9':
    fd = os.open(folder + b'/' + name, os.O_CREAT | os.O_RDWR)
    os.ftruncate(fd, 4096)
    maps.append(mmap.mmap(fd, 4096))
os.unlink(folder + b'/gone \xc3\xa9')
print('READY', flush=True)
for line in sys.stdin:
    for one in maps: one[0] = (one[0] + 1) % 256
`;
const NAME = 'é\t\n\\n\x1b[31m\ufffd)';
const GONE = '/gone é (deleted)';
/** What a terminal would interpret; line ends are ours. */
const OBEYED = /(?!\n)\p{Cc}/u;

let scripts: BuiltScripts;
let folder: string;
let child: ChildProcessByStdio<Writable, Readable, null>;

beforeAll(async () => {
  scripts = await buildScripts('cli.ts');
  folder = mkdtempSync(join(tmpdir(), 'names-'));
  child = spawn('python3', ['-c', PROGRAM, folder, 'an \x1b[1m argument\n'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
});
afterAll(() => {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const run = (...args: string[]) => new RunningCli(scripts.path('cli'), args).finished;
const pid = () => String(child.pid);

describe('a program with strange names', () => {
  it('is in ps as it named itself, and a terminal gets no control characters', async () => {
    const { out } = await run('ps', '--json', pid());
    const found = listedProcessSchema
      .array()
      .parse(JSON.parse(out))
      .find((one) => one.pid === child.pid);
    expect(found).toMatchObject({ name: NAME, commandLine: expect.stringContaining('an \x1b[1m') as string });
    const table = await run('ps', pid());
    expect(table.out).toContain('é\ufffd\ufffd\\n\ufffd[31m\ufffd)');
    expect(table.out + table.error).not.toMatch(OBEYED);
  });

  it('is watched: the table names its files, and each line of --json is valid', async () => {
    const table = new RunningCli(scripts.path('cli'), ['watch', '--pid', pid(), '--duration', '3']);
    const json = new RunningCli(scripts.path('cli'), [
      ...['watch', '--pid', pid(), '--backend', 'compare', '--duration', '3', '--json'],
    ]);
    const writing = setInterval(() => child.stdin.write('\n'), 50);
    const [shown, lines] = await Promise.all([table.finished, json.finished]);
    clearInterval(writing);
    expect(shown.out).toContain('/a \ufffd\ufffd[2J\ufffd\\z \ufffd (deleted)');
    expect(shown.out).toContain(GONE);
    expect(shown.out + shown.error).not.toMatch(OBEYED);
    expect(lines.code).toBe(0);
    expect(json.lines.at(-1)).toEqual({ event: 'detached', reason: 'duration' });
  });

  it('is recorded, and info has its name', async () => {
    const file = join(folder, 'x.sdi.mcap');
    const recorded = await run('record', '--pid', pid(), '--duration', '1', '--out', file);
    expect(recorded).toMatchObject({ code: 0 });
    const { out } = await run('info', file, '--json');
    expect(JSON.parse(out)).toMatchObject({ source: { title: NAME } });
    const words = await run('info', file);
    expect(words.out).toContain('é\ufffd\ufffd\\n');
    expect(words.out).not.toMatch(OBEYED);
  });
});
