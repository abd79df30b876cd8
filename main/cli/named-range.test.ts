/** `--name` and `--ranges`: ranges of the window's export, found in a real program that is loaded elsewhere in each run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatAddress } from '#shared/memory/page.ts';
import { formatCsv } from '#shared/ranges/exchange.ts';
import { placeAt } from '#shared/ranges/locate.ts';
import { identityOf } from '#shared/ranges/program-files.ts';
import { programFiles } from '../native/symbols/program-files.ts';
import { type Compiled, compile, Conversation } from '../native/testing/c-program.ts';
import { Mappings } from '../native/writers/mappings.ts';
import { namedRange, rangeOption } from './named-range.ts';
import { parseRecordOptions, RECORD_ACTIONS } from './record-options.ts';
import { triggersOf } from './trigger-options.ts';
import { parseWatchOptions } from './watch-options.ts';
import { parseWritersOptions } from './writers-options.ts';

let program: Compiled;
let running: Conversation;
let [folder, file, pid]: [string, string, string] = ['', '', ''];
beforeAll(() => {
  program = compile('main/native/symbols/testing/data-places.c', '-pthread');
  folder = mkdtempSync(join(tmpdir(), 'ranges-'));
  file = join(folder, 'ranges.csv');
});
afterAll(() => {
  program.remove();
  rmSync(folder, { recursive: true });
});
const start = async (): Promise<bigint> => {
  running = new Conversation(program.path);
  pid = String(running.pid);
  return BigInt((await running.line()).split(' ')[0]) - 40n;
};
beforeEach(() => rmSync(file, { force: true }));
afterEach(() => running.kill());

describe('a range by its name', () => {
  it('is found in the next run of the same build', async () => {
    const scores = await start();
    const mappings = new Mappings(running.pid);
    mappings.refresh();
    const place = placeAt(scores, mappings.all, identityOf(programFiles(running.pid, new Map())));
    const range = { id: '1', name: 'scores', place, length: '0x400' };
    writeFileSync(file, formatCsv([{ range, start: scores }]));
    await running.kill();
    const moved = await start();
    expect(moved).not.toBe(scores);
    expect(namedRange(running.pid, file, 'scores')).toEqual({ start: moved, length: 1024n });
    const page = Number(moved / 4096n);
    expect(rangeOption(pid, { name: 'scores', ranges: file })?.start).toBe(page);
    expect(parseWritersOptions(['--pid', pid, '--name', 'scores', '--ranges', file]).target).toEqual({
      ...{ kind: 'range', start: moved, bytes: 1024n },
    });
    const trigger = ['range:scores written -> snapshot'];
    const memory = { start: page, end: page + 1 };
    expect(triggersOf({ trigger, triggerEach: [], ranges: file }, RECORD_ACTIONS, running.pid)).toMatchObject(
      [{ condition: { kind: 'written', memory }, action: { range: memory } }],
    );
    const words = ['--pid', pid, '--ranges', file];
    const pages = ['--trigger', '1 page of range:scores written -> mark'];
    expect(parseWatchOptions([...words, ...pages])).toMatchObject({ range: null, triggers: [{}] });
    expect(() => parseWatchOptions(words)).toThrow('go together');
    expect(() => triggersOf({ trigger, triggerEach: [] }, RECORD_ACTIONS, running.pid)).toThrow(
      '--ranges FILE',
    );
    expect(() => triggersOf({ trigger, triggerEach: [], ranges: file }, RECORD_ACTIONS, null)).toThrow(
      '--pid only',
    );
  });

  it('is refused with the reason', async () => {
    const scores = await start();
    const option = (name?: string, ranges?: string, from?: string) =>
      rangeOption(pid, {
        ...(name && { name }),
        ...(ranges && { ranges }),
        ...(from && { start: from, len: '1' }),
      });
    writeFileSync(
      file,
      `name,start,length,file,build_id,offset\na,${formatAddress(scores)},8\nb,1,2\nb,1,3\nbad,,\nother,,8,${program.path},abcd,0x10\n`,
    );
    expect(option('a', file)).not.toBe(null);
    expect(() => option('c', file)).toThrow(
      /no range named "c".* 1 of its rows .* row 5: The length is missing/,
    );
    expect(() => option('b', file)).toThrow('2 ranges named "b"');
    expect(() => option('other', file)).toThrow('another build');
    expect(() => option('a', join(folder, 'missing'))).toThrow('cannot be read');
    expect(() => option('a', join(folder, 'missing'))).toThrow('there is no such file or folder (ENOENT)');
    expect(() => option('a', folder)).toThrow(`${folder} cannot be read: it is a folder (EISDIR)`);
    // A file that is not used would not be checked either.
    const record = (...trigger: string[]) =>
      parseRecordOptions(['--pid', pid, '--ranges', file, ...trigger.flatMap((text) => ['--trigger', text])]);
    expect(() => record()).toThrow('--ranges FILE is for triggers');
    expect(() => record('[heap] written -> mark')).toThrow('--ranges FILE is for triggers');
    expect(() => record('range:c written -> mark')).toThrow('no range named "c"');
    expect(record('range:a written -> mark').triggers).toHaveLength(1);
    expect(() => option('a')).toThrow('go together');
    expect(() => option('a', file, '0x1000')).toThrow('takes the place');
    expect(() => parseWritersOptions(['--pid', pid, '--ranges', file])).toThrow('--name');
  });
});
