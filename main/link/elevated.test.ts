/**
 * An ordinary user's program that is not dumpable cannot be attached to by that user (nor can any if yama's ptrace_scope is 1). An
 * engine that polkit or sudo starts as root can attach; it creates no files, its recordings are written on the window's side.
 */
import { spawn } from 'node:child_process';
import { chownSync, existsSync, statSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Plane } from '#shared/memory/plane.ts';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { marks } from '../native/testing/marks.ts';
import { Target } from '../native/testing/target.ts';
import { SYS } from '../native/syscalls/constants.ts';
import { RecordingReader } from '../recording/recording-reader.ts';
import { temporaryFolder } from '../recording/testing/temporary-folder.ts';
import { connectTerminal } from './connect-terminal.ts';
import { makePipes } from './terminal-pipes.ts';
import { ADMINISTERED_USER, OTHER_ORDINARY_USER, OwnAdministration } from './testing/own-administration.ts';
import { RemoteWindow } from './testing/remote-window.ts';

const PR_SET_DUMPABLE = 4;
const SERVE = ['soft-dirty', 'serve', '--stdio'];

const folder = temporaryFolder();
const windows: RemoteWindow[] = [];
const targets: Target[] = [];
let scripts: BuiltScripts;
let administration: OwnAdministration;

// Users, polkit and sudo of its own need root.
describe.runIf(process.geteuid?.() === 0)('an engine as administrator', () => {
  beforeAll(async () => {
    scripts = await buildScripts('cli.ts', 'native/testing/test-target.ts');
    administration = await OwnAdministration.start(scripts.path('cli'));
  });
  afterAll(() => administration.stop());
  afterEach(async () => {
    for (const window of windows.splice(0)) await window.close();
    for (const target of targets.splice(0)) await target.kill();
  });

  const opened = (window: RemoteWindow): RemoteWindow => {
    windows.push(window);
    return window;
  };
  const engineOf = (user: number, ...command: string[]): RemoteWindow =>
    opened(new RemoteWindow({ words: administration.as(user, ...command), env: process.env }));

  /** A program of the user that refuses to be attached to. */
  async function startTarget(): Promise<Target> {
    const user = ADMINISTERED_USER;
    const target = await Target.start(scripts.path('test-target'), { uid: user, gid: user });
    targets.push(target);
    expect(await target.call(SYS.prctl, PR_SET_DUMPABLE, 0)).toBe(0);
    return target;
  }

  const attach = (window: RemoteWindow, { pid }: Target) =>
    window.call('source.open', { kind: 'native', pid, mode: 'hold' }, window.permit({ kind: 'attach', pid }));

  async function tracks(window: RemoteWindow, target: Target): Promise<void> {
    await attach(window, target);
    const page = await target.map(64);
    await target.write(page + 5);
    await window.call('session.sample', {});
    await window.until(() =>
      window.state.tiles.runs(Plane.Written).some(([start, end]) => page + 5 >= start && page + 5 < end),
    );
  }

  it('attaches by polkit if the user’s own engine may not, and creates no file', async () => {
    const target = await startTarget();
    const own = engineOf(ADMINISTERED_USER, ...SERVE);
    expect(await own.connected).toMatchObject({ user: 'inspector-test', files: true });
    await expect(attach(own, target)).rejects.toMatchObject({ kind: 'not-permitted' });

    const window = engineOf(ADMINISTERED_USER, 'pkexec', ...SERVE);
    expect(await window.connected).toMatchObject({ user: 'root', files: false });
    await tracks(window, target);
    const path = folder.path('a.mcap');
    const write = { kind: 'write', path } as const;
    await expect(window.call('recording.start', { path }, window.permit(write))).rejects.toMatchObject({
      kind: 'not-permitted',
    });
    expect(existsSync(path)).toBe(false);
    // Written on the window's side, with its rights.
    const permits = window.permit({ ...write, here: true });
    await window.call('recording.start', { path, here: true }, permits);
    await window.call('session.sample', {});
    await window.call('recording.stop', {});
    expect(statSync(path).uid).toBe(process.getuid?.());
    const reader = await RecordingReader.open(path);
    expect(reader.damage).toBeNull();
    await reader.close();

    await window.close();
    expect(marks(target.pid)).toMatchObject({ tracer: 0 });
    expect(await target.write(await target.map(1))).toBe(0);
  });

  it('is refused if polkit does not allow it, and a command in a terminal is offered', async () => {
    const window = engineOf(OTHER_ORDINARY_USER, 'pkexec', ...SERVE);
    await expect(window.connected).rejects.toMatchObject({
      kind: 'link-lost',
      remedy: expect.stringContaining('Use a terminal'),
    });
  });

  it('is started by a command in a terminal, by sudo, through pipes that no one else may open', async () => {
    const target = await startTarget();
    const pipes = await makePipes({});
    expect(statSync(pipes.folder).mode & 0o777).toBe(0o700);
    chownSync(pipes.folder, ADMINISTERED_USER, ADMINISTERED_USER);
    for (const name of ['to-engine', 'from-engine']) {
      expect(statSync(`${pipes.folder}/${name}`).mode & 0o777).toBe(0o600);
      chownSync(`${pipes.folder}/${name}`, ADMINISTERED_USER, ADMINISTERED_USER);
    }
    const window = opened(
      new RemoteWindow((options, listener) => connectTerminal(pipes.folder, options, listener)),
    );
    const [file = '', ...args] = administration.as(ADMINISTERED_USER, 'sh', '-c', pipes.command);
    const shell = spawn(file, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    const ended = new Promise<number | null>((resolve) => shell.once('exit', resolve));
    expect(await window.connected).toMatchObject({ user: 'root', files: false });
    await pipes.remove();
    await tracks(window, target);
    await window.close();
    // The connection to the window has ended.
    expect(await ended).toBe(1);
    expect(marks(target.pid)).toMatchObject({ tracer: 0 });
  });
});
