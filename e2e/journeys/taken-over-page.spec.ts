/** What a page that was taken over can do: it has the engine's port and the bridge, and follows no rule. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askedQuestions } from '../fixtures/launch.ts';
import { answerOpenedAddresses } from '../fixtures/opened-addresses.ts';
import { expect, test } from '../fixtures/test.ts';

test.describe('a page that sends the messages itself', () => {
  let folder = '';
  test.beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'inspector-attack-'));
  });
  test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('cannot launch, attach, read or write without a permit', async ({ launch, programs }) => {
    const { page, app } = await launch({ consent: false });
    const victim = await programs.sleeper();
    const proof = join(folder, 'launched');
    const target = join(folder, 'written.mcap');
    const readable = join(folder, 'secret.mcap');
    writeFileSync(readable, 'secret');
    const answers = await page.evaluate(
      async ({ pid, made, written, secret }) => {
        const requests = [
          ['source.open', { kind: 'launch', command: '/bin/touch', args: [made], cwd: null, env: {} }],
          ['source.open', { kind: 'native', pid }],
          ['source.open', { kind: 'recording', path: secret }],
          ['source.open', { kind: 'recording', path: 'relative.mcap' }],
          [
            'compare.ranges',
            { a: { path: secret, startNs: 0, endNs: 1 }, b: { path: null, startNs: 0, endNs: 1 } },
          ],
          ['recording.start', { path: written }],
        ] as const;
        const forged = `${'0'.repeat(32)}.${'0'.repeat(64)}`;
        const outcomes: string[] = [];
        for (const permits of [[], [forged]]) {
          for (const [name, payload] of requests) {
            outcomes.push(await window.inspectorDebug.send(name, payload, permits));
          }
        }
        const asked = await window.shell?.permit({ kind: 'attach', pid });
        return { outcomes, asked };
      },
      { pid: victim, made: proof, written: target, secret: readable },
    );
    expect([...new Set(answers.outcomes)].sort()).toEqual(['bad-request', 'not-permitted']);
    expect(answers.outcomes.slice(0, 6)).toEqual([
      'not-permitted',
      'not-permitted',
      'not-permitted',
      'bad-request',
      'not-permitted',
      'not-permitted',
    ]);
    // The user was asked once, refused, and then nothing was given.
    expect(answers.asked).toBe(null);
    expect(await askedQuestions(app)).toHaveLength(1);
    expect(existsSync(proof)).toBe(false);
    expect(existsSync(target)).toBe(false);
    expect(readFileSync(`/proc/${victim}/status`, 'latin1')).toMatch(/^TracerPid:\s*0$/m);
  });

  test('cannot use a permit twice, or for something else', async ({ launch, programs }) => {
    const { page, app } = await launch();
    const [one, two] = [await programs.sleeper(), await programs.sleeper()];
    const outcomes = await page.evaluate(
      async ([first, second]) => {
        const { send } = window.inspectorDebug;
        const permit = String(await window.shell?.permit({ kind: 'attach', pid: first }));
        const open = (pid: number) => send('source.open', { kind: 'native', pid }, [permit]);
        return [await open(second), await open(first), await open(first)];
      },
      [one, two] as const,
    );
    expect(outcomes).toEqual(['not-permitted', 'ok', 'not-permitted']);
    expect((await askedQuestions(app)).join()).toContain(`Attach to process ${one}`);
  });

  test('cannot open files, addresses or commands in an editor', async ({ launch }) => {
    const { page, app, problems } = await launch();
    problems.expect(/A message on shell:open-source-line was refused: its data do not fit/);
    // Electron's own account of a handler that refused.
    problems.expect(/^stderr: +at /, /^stderr: Error occurred in handler/);
    const file = join(folder, 'secret.cc');
    writeFileSync(file, '');
    const opened = await answerOpenedAddresses(app);
    const outcomes = await page.evaluate(async (secret) => {
      const permit = `${'0'.repeat(32)}.${'0'.repeat(64)}`;
      const own = await window.shell?.permit({ kind: 'read', path: secret });
      const attempts = [
        { file: secret, line: 1, permit },
        // A permit of the shell for the same file, for another purpose.
        { file: secret, line: 1, permit: own ?? '' },
        { file: 'https://example.org/', line: 1, permit },
        { file: 'vscode://extension/run', line: 1, permit },
        { file: '--help', line: 1, permit },
        { file: secret, line: 'touch' as unknown as number, permit },
      ];
      const results: string[] = [];
      for (const attempt of attempts)
        results.push(
          await (window.shell?.openSourceLine(attempt).then(
            ({ status }) => status,
            () => 'refused',
          ) ?? 'no bridge'),
        );
      // The engine signs no line but those that it reported.
      results.push(await window.inspectorDebug.send('source.sign', { file: secret, line: 1 }, []));
      return results;
    }, file);
    expect(outcomes).toEqual([
      ...['failed', 'failed', 'refused', 'refused', 'refused', 'refused', 'not-permitted'],
    ]);
    expect(await opened()).toEqual([]);
  });

  test('cannot put files into the list of recent recordings', async ({ launch }) => {
    const { page } = await launch({ consent: false });
    const path = join(folder, 'planted.mcap');
    writeFileSync(path, 'planted');
    const list = await page.evaluate(async (planted) => {
      await window.shell?.rememberRecording(planted);
      return window.shell?.recentRecordings();
    }, path);
    expect(list).toEqual([]);
  });
});
