/** `soft-dirty ps` and `soft-dirty probe` as separate processes. */
import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { probeReportSchema, PROBED } from '#shared/contract/probe.ts';
import { listedProcessSchema } from '#shared/contract/process-list.ts';
import { buildScripts, type BuiltScripts } from '../native/testing/built-scripts.ts';
import { marks } from '../native/testing/marks.ts';
import { Target } from '../native/testing/target.ts';
import { RunningCli, type Finished } from './testing/run-cli.ts';

let scripts: BuiltScripts;
const targets: Target[] = [];
const root = process.geteuid?.() === 0;

beforeAll(async () => {
  scripts = await buildScripts('cli.ts', 'native/testing/test-target.ts');
});
afterEach(async () => {
  for (const target of targets.splice(0)) await target.kill();
});

async function startTarget(): Promise<Target> {
  const target = await Target.start(scripts.path('test-target'));
  targets.push(target);
  return target;
}

const run = (args: readonly string[], ordinaryUser = false): Promise<Finished> =>
  new RunningCli(scripts.path('cli'), args, { ordinaryUser }).finished;

async function list(ordinaryUser: boolean, ...words: string[]) {
  const { code, out, error } = await run(['ps', '--json', ...words], ordinaryUser);
  expect({ code, error }).toEqual({ code: 0, error: '' });
  return listedProcessSchema.array().parse(JSON.parse(out));
}

describe('soft-dirty ps', () => {
  it('lists a child of ours as one that can be attached to, and leaves it alone', async () => {
    const target = await startTarget();
    const before = marks(target.pid);
    const listed = await list(false);
    const found = listed.find(({ pid }) => pid === target.pid);
    expect(found).toMatchObject({
      uid: process.geteuid?.(),
      name: expect.stringMatching(/^node|MainThread$/) as string,
      commandLine: `${process.execPath} ${scripts.path('test-target')}`,
      obstacle: null,
    });
    // It may have given some back, or taken more, since it was listed.
    const resident = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${target.pid}/status`, 'latin1'))?.[1];
    expect((found?.residentBytes ?? 0) / (Number(resident) * 1024)).toBeCloseTo(1, 0);
    const { tracer, blocked } = marks(target.pid);
    expect({ tracer, blocked }).toEqual({ tracer: 0, blocked: before.blocked });
    const pids = listed.map(({ pid }) => pid);
    expect(pids).toEqual([...pids].sort((a, b) => a - b));
  });

  it('finds by words in any case, all of which must occur', async () => {
    const target = await startTarget();
    const found = await list(false, 'TEST-target', String(target.pid));
    expect(found.map(({ pid }) => pid)).toContain(target.pid);
    expect(await list(false, 'no such program anywhere')).toEqual([]);
  });

  it('lists how a sandboxed program is tracked, and why not better', async () => {
    const target = await startTarget();
    await target.send({ op: 'seccomp' });
    const [found] = await list(false, String(target.pid), 'test-target');
    expect(found?.limitation).toMatchObject({ kind: 'sandboxed' });
    expect(['soft-dirty', 'compare']).toContain(found?.backend);
  });

  it('reports to another user whose program it is', async () => {
    const target = await startTarget();
    // Without root, the user of this test is not the one of the first process.
    const pid = root ? target.pid : 1;
    const found = (await list(true)).find((process) => process.pid === pid);
    expect(found?.obstacle).toEqual({
      kind: 'not-permitted',
      message: 'This process belongs to another user (root).',
      remedy: 'Run the inspector as that user, or as root.',
    });
    const { out } = await run(['ps', String(pid)], true);
    expect(out).toMatch(/^ *PID +USER +MEMORY +BACKEND +NAME +COMMAND LINE$/m);
    const row = new RegExp(
      `^ *${pid} +root +.* +no +.*\\(This process belongs to another user \\(root\\)\\.\\)$`,
      'm',
    );
    expect(out).toMatch(row);
  });

  it('refuses an option that it does not know', async () => {
    const { code, out, error } = await run(['ps', '--all']);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toContain("unknown option '--all'");
  });
});

describe('soft-dirty probe', () => {
  it.each([false, true])(
    'reports everything with its evidence, as another user: %s',
    async (ordinaryUser) => {
      const { code, out, error } = await run(['probe', '--json'], ordinaryUser);
      expect(error).toBe('');
      const report = probeReportSchema.parse(JSON.parse(out));
      expect(code).toBe(report.choice.launched === null ? 1 : 0);
      expect(report.kernel).toBe(release());
      expect(report.capabilities.map(({ id }) => id)).toEqual(PROBED);
      for (const { id, evidence, reason, available, remedy } of report.capabilities) {
        expect([id, evidence === '', reason === '']).toEqual([id, false, false]);
        if (available) expect([id, remedy]).toEqual([id, '']);
      }
      if (ordinaryUser && root) {
        expect(report.user.uid).toBe(65534);
        expect(report.capabilities.find(({ id }) => id === 'privileges')?.available).toBe(false);
        const allowed = readFileSync('/proc/sys/vm/unprivileged_userfaultfd', 'latin1').trim() === '1';
        const { evidence } = report.capabilities.find(({ id }) => id === 'userfaultfd') ?? {};
        expect(evidence).toBe(
          allowed
            ? 'userfaultfd(2): a descriptor.'
            : 'userfaultfd(2): EPERM; with UFFD_USER_MODE_ONLY: a descriptor.',
        );
      }
    },
  );

  it('reports the same as text', async () => {
    const [json, text] = await Promise.all([run(['probe', '--json']), run(['probe'])]);
    const report = probeReportSchema.parse(JSON.parse(json.out));
    for (const { title, available } of report.capabilities) {
      expect(text.out).toContain(`  ${available ? 'yes' : 'no '}  ${title}\n`);
    }
    for (const { id, reason } of report.backends) {
      expect(text.out).toContain(`  ${id}: `);
      expect(text.out).toContain(reason);
    }
    expect(text.out).toContain(`Used for running programs: ${report.choice.running ?? 'none'}`);
  });
});
