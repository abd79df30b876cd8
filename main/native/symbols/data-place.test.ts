/** Whose stack an address is on, in a program whose threads never wait. */
import { expect, it } from 'vitest';
import { compile, Conversation } from '../testing/c-program.ts';
import { dataPlace } from './data-place.ts';
import { Symbols } from './symbols.ts';

it('names the threads of stacks even while they run', async () => {
  const compiled = compile('main/native/symbols/testing/busy-stacks.c', '-pthread');
  const program = new Conversation(compiled.path);
  const symbols = new Symbols(program.pid);
  try {
    const [tid, local, mainTid, mainLocal] = (await program.line()).split(' ');
    expect(dataPlace(program.pid, BigInt(local), symbols)?.thread).toEqual({
      tid: Number(tid),
      name: 'program',
    });
    const main = dataPlace(program.pid, BigInt(mainLocal), symbols);
    expect(main).toMatchObject({ mapping: { name: '[stack]' }, thread: { tid: Number(mainTid) } });
  } finally {
    symbols.close();
    await program.kill();
    compiled.remove();
  }
});
