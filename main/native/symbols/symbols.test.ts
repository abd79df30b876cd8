/** Names of code in files that are not what their names lead to, in real programs. */
import { renameSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Compiled, compile, Conversation } from '../testing/c-program.ts';
import { Symbols } from './symbols.ts';

const SOURCE = 'main/native/symbols/testing/code-places.c';

let program: Compiled;
let running: Conversation | null = null;
beforeEach(() => {
  program = compile(SOURCE, '-g');
});
afterEach(async () => {
  await running?.kill();
  running = null;
  program.remove();
});

async function start(
  path: string,
  ...args: string[]
): Promise<{ pid: number; code: bigint; second: bigint }> {
  running = new Conversation(path, ...args);
  const [code, second] = (await running.line()).split(' ').map(BigInt);
  return { pid: running.pid, code, second };
}

function placeOf(pid: number, address: bigint) {
  const symbols = new Symbols(pid);
  try {
    return symbols.place(address);
  } finally {
    symbols.close();
  }
}

describe('the place of an instruction', () => {
  it('has the same function, line and offset in a second mapping of the code', async () => {
    const { pid, code, second } = await start(program.path);
    const place = placeOf(pid, code);
    expect(place).toMatchObject({ function: 'painter', module: program.path, line: 15 });
    expect(placeOf(pid, second)).toEqual(place);
  });

  it('is known if the program was rebuilt while it runs', async () => {
    const { pid, code } = await start(program.path);
    const other = compile(SOURCE, '-g', '-DNAME=sculptor');
    renameSync(other.path, program.path);
    other.remove();
    expect(placeOf(pid, code)).toMatchObject({ function: 'painter', line: 15 });
  });

  it('is known if the program was deleted', async () => {
    const { pid, code } = await start(program.path);
    rmSync(program.path);
    expect(placeOf(pid, code)).toMatchObject({ function: 'painter', line: 15 });
  });

  it.runIf(process.getuid?.() === 0)('is of the file that a container has under that name', async () => {
    const other = compile(SOURCE, '-g', '-DNAME=sculptor');
    const script = 'mount --bind "$1" "$2" && exec "$2"';
    const { pid, code } = await start('unshare', '-m', 'sh', '-c', script, 'sh', other.path, program.path);
    const place = placeOf(pid, code);
    other.remove();
    expect(place).toMatchObject({ function: 'sculptor', line: 15 });
  });
});
