/** Names of code are kept by build, in memory and in a folder, for real programs that are started again. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../recording/testing/temporary-folder.ts';
import { type Compiled, compile, Conversation } from '../testing/c-program.ts';
import { keepPlacesIn, KnownPlaces } from './known-places.ts';
import { MAX_BUILD_PLACES, PlacesFolder } from './places-folder.ts';
import { Symbols } from './symbols.ts';

const SOURCE = 'main/native/symbols/testing/code-places.c';
const PLACE = { function: 'painter', file: expect.stringMatching(/code-places\.c$/), line: 15 };

const folder = temporaryFolder();
let program: Compiled;
let places: string;
const running: Conversation[] = [];
beforeAll(() => {
  program = compile(SOURCE, '-g');
});
afterAll(() => program.remove());
beforeEach(() => {
  places = folder.path('places');
  rmSync(places, { recursive: true, force: true });
  keepPlacesIn(places);
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.kill();
});

/** The place of the function of a new process of the file at `path`. */
async function placeIn(path: string) {
  const conversation = new Conversation(path);
  running.push(conversation);
  const [code] = (await conversation.line()).split(' ').map(BigInt);
  const symbols = new Symbols(conversation.pid);
  try {
    return symbols.place(code);
  } finally {
    symbols.close();
  }
}

const files = (): string[] => readdirSync(places).map((name) => join(places, name));
const changeFile = (change: (text: string) => string): void => {
  const [file] = files();
  writeFileSync(file, change(readFileSync(file, 'utf8')));
  keepPlacesIn(places);
};
/** What the folder has is returned, so another name there shows where a name comes from. */
const renameKept = (): void => changeFile((text) => text.replace('painter', 'kept'));

describe('names of code', () => {
  it('are read from debug information once for a build, also by a later engine and at another path', async () => {
    const first = await placeIn(program.path);
    expect(first).toMatchObject({ ...PLACE, module: program.path });
    expect(files()).toHaveLength(1);
    // In this engine the file is not read again.
    const [file] = files();
    writeFileSync(file, readFileSync(file, 'utf8').replace('painter', 'kept'));
    expect(await placeIn(program.path)).toEqual(first);
    keepPlacesIn(places);
    const kept = { ...first, function: 'kept' };
    expect(await placeIn(program.path)).toEqual(kept);
    const copy = folder.path('copy');
    copyFileSync(program.path, copy);
    chmodSync(copy, 0o755);
    expect(await placeIn(copy)).toEqual({ ...kept, module: copy });
    expect(files()).toHaveLength(1);
  });

  it('are those of the present build, and of a file without debug information none', async () => {
    await placeIn(program.path);
    renameKept();
    const path = folder.path('other');
    const other = compile(SOURCE, '-g', '-DNAME=sculptor');
    renameSync(other.path, path);
    other.remove();
    expect(await placeIn(path)).toMatchObject({ ...PLACE, function: 'sculptor' });
    execFileSync('strip', ['-o', path, program.path]);
    expect(await placeIn(path)).toMatchObject({ function: null, file: null, line: null });
    // Nor are names kept that have no line: debug information may come.
    execFileSync('strip', ['-g', '-o', path, program.path]);
    expect(await placeIn(path)).toMatchObject({ function: 'painter', file: null, line: null });
    expect(files()).toHaveLength(2);
  });

  it('are those of the present build even if its build id was passed to the linker, and its size is the same', async () => {
    const path = folder.path('fixed');
    for (const name of ['painter', 'plumber']) {
      const id = '-Wl,--build-id=0x112233445566778899aabbccddeeff0011223344';
      const built = compile(SOURCE, '-g', id, `-DNAME=${name}`);
      renameSync(built.path, path);
      built.remove();
      expect(await placeIn(path)).toMatchObject({ ...PLACE, function: name });
    }
  });

  it.each<[string, (text: string) => string]>([
    ['cut off', (text) => text.slice(0, -10)],
    ['empty', () => ''],
    ['of another version', (text) => text.replace(/"version":\d+/, '"version":0')],
    ['of another build', (text) => text.replace(/"build":"./, '"build":"-')],
    ['with a text that is missing', (text) => text.replace(/"texts":\[.*?\]/, '"texts":["kept"]')],
    ['with part of a frame', (text) => text.replace(/,\d+\]\]\}$/, ']]}')],
    ['with a negative index', (text) => text.replace(/,\d+,\d+\]\]\}$/, ',-1,15]]}')],
  ])('do not come from a file that is %s', async (_, damage) => {
    await placeIn(program.path);
    renameKept();
    changeFile(damage);
    expect(await placeIn(program.path)).toMatchObject(PLACE);
    // It is rewritten.
    renameKept();
    expect(await placeIn(program.path)).toMatchObject({ ...PLACE, function: 'kept' });
  });

  it('come from no folder or file that another user could have written', async () => {
    await placeIn(program.path);
    expect(statSync(places).mode & 0o777).toBe(0o700);
    expect(files().map((file) => statSync(file).mode & 0o777)).toEqual([0o600]);
    renameKept();
    chmodSync(places, 0o777);
    expect(await placeIn(program.path)).toMatchObject(PLACE);
    chmodSync(places, 0o700);
    const [file] = files();
    renameSync(file, folder.path('moved'));
    symlinkSync(folder.path('moved'), file);
    keepPlacesIn(places);
    expect(await placeIn(program.path)).toMatchObject(PLACE);
  });

  it('are found without a folder to keep them in', async () => {
    writeFileSync(places, 'a file');
    expect(await placeIn(program.path)).toMatchObject(PLACE);
    keepPlacesIn('/proc/none');
    expect(await placeIn(program.path)).toMatchObject(PLACE);
  });
});

const one = (i: number) => [
  { function: `f${i}`, file: 'a.c', line: i % 2 === 0 ? i : null, offset: BigInt(i) },
];

describe('kept places', () => {
  it('are at most 20,000 of a build, the newest', () => {
    const first = new KnownPlaces(new PlacesFolder(places));
    for (let i = 0; i < MAX_BUILD_PLACES + 10; i++) first.add('build', BigInt(i), one(i));
    first.save();
    const later = new KnownPlaces(new PlacesFolder(places));
    expect(later.at('build', 9n)).toBeNull();
    for (const i of [10, 11, MAX_BUILD_PLACES + 9]) expect(later.at('build', BigInt(i))).toEqual(one(i));
  });

  it('stay within the size of the folder: the builds that were not used for longest go', () => {
    mkdirSync(places, { mode: 0o700 });
    writeFileSync(join(places, 'left.part'), 'x'.repeat(500));
    const small = new PlacesFolder(places, 400);
    const content = new Map([[1n, one(1)]]);
    for (const build of ['a', 'b', 'c', 'd', 'e', 'f']) small.write(build, content);
    const bytes = files().reduce((sum, file) => sum + statSync(file).size, 0);
    expect(bytes).toBeLessThanOrEqual(400);
    expect(small.read('f')).toEqual(content);
    expect(small.read('a')).toBeNull();
    expect(files().every((file) => file.endsWith('.json'))).toBe(true);
  });
});
